// Where tokens stand after a merge: the even tokens that stay, ascending, then all odd ones; with a distillation token
// the first of each in front, then the others.
fn rowOfStaying(k: u32, distilled: bool) -> u32 {
  return select(k, k + 1u, distilled && k > 0u);
}

// Row of odd token 2j + 1, where `staying` even tokens stay.
fn rowOfOdd(j: u32, staying: u32, distilled: bool) -> u32 {
  return select(staying + j, 1u, distilled && j == 0u);
}
