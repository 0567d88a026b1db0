// Chooses the r even tokens that are most similar to their partners, and computes the row of every token after the merge. For kernels with
// one workgroup for each picture, which declare `work`, `pairs`, `score`, `rowOf`, `originOf` and the uniforms tokens, evens, odds, r,
// protectedTokens.
//   rank[i] = #{o : best[o] > best[i], or equal and o < i} over the tokens that are not protected; of a protected one E
//   rank[i] < r: pairs[rank] = (i, partner[i]), score[rank] = best[i], and i takes its partner's row
// reads and writes work [B, 3, E]: best, partner, rank
// writes (=) pairs [B, r] (even, odd), score [B, r], rowOf [B, N], originOf [B, N - r]: the token that keeps each row
fn choose(image: u32, even: u32, best: f32, partner: u32) {
  let begin = image * 3u * u.evens;
  work[begin + even] = bitcast<u32>(best);
  work[begin + u.evens + even] = partner;
}

// The workgroup's invocations take turns at the tokens. All of them must call it, after a barrier behind `choose`.
fn rankPairs(image: u32, index: u32, invocations: u32) {
  let best0 = image * 3u * u.evens;
  let partner0 = best0 + u.evens;
  let rank0 = partner0 + u.evens;
  let first = (u.protectedTokens + 1u) / 2u;
  for (var i = index; i < u.evens; i += invocations) {
    let own = bitcast<f32>(work[best0 + i]);
    var count = 0u;
    for (var o = first; o < u.evens; o++) {
      let other = bitcast<f32>(work[best0 + o]);
      count += select(0u, 1u, other > own || (other == own && o < i));
    }
    work[rank0 + i] = select(count, u.evens, i < first);
  }
  storageBarrier();
  let staying = u.evens - u.r;
  let token0 = image * u.tokens;
  let row0 = image * (u.tokens - u.r);
  for (var i = index; i < u.evens; i += invocations) {
    let place = work[rank0 + i];
    if (place < u.r) {
      let odd = work[partner0 + i];
      pairs[image * u.r + place] = vec2u(i, odd);
      score[image * u.r + place] = bitcast<f32>(work[best0 + i]);
      rowOf[token0 + 2u * i] = rowOfOdd(odd, staying, u.protectedTokens);
    } else {
      var below = 0u;
      for (var o = first; o < i; o++) { below += select(0u, 1u, work[rank0 + o] < u.r); }
      let row = rowOfStaying(i - below, u.protectedTokens);
      rowOf[token0 + 2u * i] = row;
      originOf[row0 + row] = 2u * i;
    }
  }
  for (var j = index; j < u.odds; j += invocations) {
    let row = rowOfOdd(j, staying, u.protectedTokens);
    rowOf[token0 + 2u * j + 1u] = row;
    originOf[row0 + row] = 2u * j + 1u;
  }
}
