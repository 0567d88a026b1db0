// float16 weights, two in a word. Every adapter can unpack them, also without float16 arithmetic.
alias Weight = u32;
fn weightAt(index: u32) -> Cell {
  let pair = unpack2x16float(weight[index / 2u]);
  return select(pair.x, pair.y, index % 2u == 1u);
}
