// Where tokens stand after a merge: the protected ones in front as they were, then the even tokens that stay, ascending, then all odd
// ones. Of `protectedTokens`, (protectedTokens + 1) / 2 are even and protectedTokens / 2 odd.
fn rowOfStaying(k: u32, protectedTokens: u32) -> u32 {
  return select(k + protectedTokens / 2u, 2u * k, k < (protectedTokens + 1u) / 2u);
}

// Row of odd token 2j + 1, where `staying` even tokens stay.
fn rowOfOdd(j: u32, staying: u32, protectedTokens: u32) -> u32 {
  return select(staying + j, 2u * j + 1u, j < protectedTokens / 2u);
}
