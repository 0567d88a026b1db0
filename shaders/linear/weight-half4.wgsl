// Weights of float16, four in two words; every adapter unpacks them, with or without arithmetic of its own for them.
alias Weight = vec2u;
fn weightAt(index: u32) -> Cell {
  let four = weight[index];
  return vec4f(unpack2x16float(four.x), unpack2x16float(four.y));
}
