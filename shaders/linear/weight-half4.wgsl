// float16 weights, four in two words. Every adapter can unpack them, also without float16 arithmetic.
alias Weight = vec2u;
fn weightAt(index: u32) -> Cell {
  let four = weight[index];
  return vec4f(unpack2x16float(four.x), unpack2x16float(four.y));
}
