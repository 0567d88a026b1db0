// Chooses the r even tokens that are most similar to their partners, and computes the row of every token after the merge.
//   rank[i] = #{o : best[o] > best[i], or equal and o < i} over the tokens that are not protected; of a protected one E
//   rank[i] < r: pairs[rank] = (i, partner[i]), score[rank] = best[i], and i takes its partner's row
// reads best, partner [B, E]   writes (=) rank [B, E], pairs [B, r] (even, odd), score [B, r], rowOf [B, N],
// originOf [B, N - r]: the token that keeps each row
// grid: B workgroups of LANES invocations, which take turns at an image's tokens
struct Uniforms { tokens: u32, evens: u32, odds: u32, r: u32, protectedTokens: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> best: array<f32>;
@group(0) @binding(2) var<storage, read> partner: array<u32>;
@group(0) @binding(3) var<storage, read_write> rank: array<u32>;
@group(0) @binding(4) var<storage, read_write> pairs: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
@group(0) @binding(6) var<storage, read_write> rowOf: array<u32>;
@group(0) @binding(7) var<storage, read_write> originOf: array<u32>;

const LANES = 128u;

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let image = group.x;
  let even0 = image * u.evens;
  let first = (u.protectedTokens + 1u) / 2u;
  for (var i = local.x; i < u.evens; i += LANES) {
    let own = best[even0 + i];
    var count = 0u;
    for (var o = first; o < u.evens; o++) {
      let other = best[even0 + o];
      count += select(0u, 1u, other > own || (other == own && o < i));
    }
    rank[even0 + i] = select(count, u.evens, i < first);
  }
  storageBarrier();
  let staying = u.evens - u.r;
  let token0 = image * u.tokens;
  let row0 = image * (u.tokens - u.r);
  for (var i = local.x; i < u.evens; i += LANES) {
    let place = rank[even0 + i];
    if (place < u.r) {
      let odd = partner[even0 + i];
      pairs[image * u.r + place] = vec2u(i, odd);
      score[image * u.r + place] = best[even0 + i];
      rowOf[token0 + 2u * i] = rowOfOdd(odd, staying, u.protectedTokens);
    } else {
      var below = 0u;
      for (var o = first; o < i; o++) { below += select(0u, 1u, rank[even0 + o] < u.r); }
      let row = rowOfStaying(i - below, u.protectedTokens);
      rowOf[token0 + 2u * i] = row;
      originOf[row0 + row] = 2u * i;
    }
  }
  for (var j = local.x; j < u.odds; j += LANES) {
    let row = rowOfOdd(j, staying, u.protectedTokens);
    rowOf[token0 + 2u * j + 1u] = row;
    originOf[row0 + row] = 2u * j + 1u;
  }
}
