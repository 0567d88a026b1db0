// Weights of float16, two in a word; every adapter unpacks them, with or without arithmetic of its own for them.
alias Weight = u32;
fn weightAt(index: u32) -> Cell {
  let pair = unpack2x16float(weight[index / 2u]);
  return select(pair.x, pair.y, index % 2u == 1u);
}
