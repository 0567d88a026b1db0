// The order of tokens after a merge: first the protected tokens in their old order, then the remaining even tokens in ascending order, then
// all other odd tokens. Of `protectedTokens`, (protectedTokens + 1) / 2 are even and protectedTokens / 2 odd.
fn rowOfStaying(k: u32, protectedTokens: u32) -> u32 {
  return select(k + protectedTokens / 2u, 2u * k, k < (protectedTokens + 1u) / 2u);
}

// The row of odd token 2j + 1, if `staying` even tokens stay.
fn rowOfOdd(j: u32, staying: u32, protectedTokens: u32) -> u32 {
  return select(staying + j, 2u * j + 1u, j < protectedTokens / 2u);
}
