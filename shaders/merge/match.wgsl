// ToMe's matching of one picture in each workgroup: finds the most similar odd token of each even one, of which the r most similar merge.
//   m[n, i] = mean_h k[n, h, i];  metric[n] = m[n] / ||m[n]||
//   score[i, j] = sum_d metric[2 i, d] metric[2 j + 1, d];  best[i] = max_j score[i, j], partner[i] = the first j that reaches it
// over j >= first: nothing merges into the odd tokens before it, which are protected; then `merge/ranking.wgsl`
// qkv [B, N, 3, H, D] (reads k), writes (=) metric [B, D, 2, padded]: even and odd tokens apart, with channels first, so that four
// neighbouring tokens are one vector; columns past each half's tokens repeat the last token
// writes (=) work, pairs, score, rowOf, originOf as `merge/ranking.wgsl` has them; a row without a valid score keeps LOWEST and `first`
// grid: B workgroups of LANES x ROWS; LANES invocations share four tokens of the metric, and `share` four even tokens of the scores
struct Uniforms {
  tokens: u32, evens: u32, odds: u32, r: u32, protectedTokens: u32, first: u32, heads: u32, headWidth: u32, padded: u32, share: u32
}
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
@group(0) @binding(2) var<storage, read_write> metric: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> work: array<u32>;
@group(0) @binding(4) var<storage, read_write> pairs: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
@group(0) @binding(6) var<storage, read_write> rowOf: array<u32>;
@group(0) @binding(7) var<storage, read_write> originOf: array<u32>;

var<workgroup> shared_index: array<vec4u, LANES * ROWS>;

// A zero key has no direction. It stays zero, and its similarity to every other is 0.
const SMALLEST_SQUARE = vec4f(1e-30);
// Lower than any cosine.
const LOWEST = -3.4e38;
var<private> top: vec4f;
var<private> at: vec4u;

// The first element of a token's key, by the token's index among the even ones (half 0) or the odd ones (half 1).
fn keyOf(image: u32, half: u32, index: u32) -> u32 {
  let token = min(2u * index + half, u.tokens - 1u);
  return ((image * u.tokens + token) * 3u + 1u) * u.heads * u.headWidth;
}

fn normalise(image: u32, local: vec3u) {
  let cells = u.padded / 4u;
  for (var begin = 0u; begin < 2u * cells; begin += ROWS) {
    let live = begin + local.y < 2u * cells;
    let column = min(begin + local.y, 2u * cells - 1u);
    let half = column / cells;
    let index = 4u * (column % cells);
    let keys = vec4u(keyOf(image, half, index), keyOf(image, half, index + 1u), keyOf(image, half, index + 2u), keyOf(image, half, index + 3u));
    let base = image * u.headWidth * 2u * cells + column;
    var squares = vec4f();
    for (var i = local.x; i < u.headWidth; i += LANES) {
      var sum = vec4f();
      for (var h = 0u; h < u.heads; h++) {
        let place = keys + h * u.headWidth + i;
        sum += vec4f(qkv[place.x], qkv[place.y], qkv[place.z], qkv[place.w]);
      }
      let mean = sum / f32(u.heads);
      squares += mean * mean;
      if (live) { metric[base + i * 2u * cells] = mean; }
    }
    let norm = sqrt(max(laneSum(squares, local), SMALLEST_SQUARE));
    if (live) {
      for (var i = local.x; i < u.headWidth; i += LANES) {
        let place = base + i * 2u * cells;
        metric[place] = metric[place] / norm;
      }
    }
  }
}

// Columns are compared in ascending order, so that the first of equals is kept.
fn offer(score: vec4f, j: u32) {
  if (j < u.first || j >= u.odds) { return; }
  let better = score > top;
  top = select(top, score, better);
  at = select(at, vec4u(j), better);
}

// Compares four even tokens with eight odd ones. Their scores are kept in registers.
fn offerTile(image: u32, quad: u32, tile: u32) {
  let cells = u.padded / 4u;
  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  var s4 = vec4f(); var s5 = vec4f(); var s6 = vec4f(); var s7 = vec4f();
  var row = image * u.headWidth * 2u * cells;
  for (var d = 0u; d < u.headWidth; d++) {
    let a = metric[row + quad];
    let b = metric[row + cells + 2u * tile];
    let c = metric[row + cells + 2u * tile + 1u];
    s0 = fma(a, vec4f(b.x), s0); s1 = fma(a, vec4f(b.y), s1); s2 = fma(a, vec4f(b.z), s2); s3 = fma(a, vec4f(b.w), s3);
    s4 = fma(a, vec4f(c.x), s4); s5 = fma(a, vec4f(c.y), s5); s6 = fma(a, vec4f(c.z), s6); s7 = fma(a, vec4f(c.w), s7);
    row += 2u * cells;
  }
  let j = 8u * tile;
  offer(s0, j); offer(s1, j + 1u); offer(s2, j + 2u); offer(s3, j + 3u);
  offer(s4, j + 4u); offer(s5, j + 5u); offer(s6, j + 6u); offer(s7, j + 7u);
}

fn findPartners(image: u32, index: u32) {
  let quads = (u.evens + 3u) / 4u;
  let tiles = (u.odds + 7u) / 8u;
  let lane = index % u.share;
  for (var begin = 0u; begin < quads; begin += LANES * ROWS / u.share) {
    let quad = begin + index / u.share;
    top = vec4f(LOWEST);
    at = vec4u(u.first);
    if (quad < quads) {
      for (var tile = lane; tile < tiles; tile += u.share) { offerTile(image, quad, tile); }
    }
    shared_lanes[index] = top;
    shared_index[index] = at;
    workgroupBarrier();
    if (lane == 0u && quad < quads) {
      for (var other = index + 1u; other < index + u.share; other++) {
        let score = shared_lanes[other];
        let candidate = shared_index[other];
        let better = (score > top) | ((score == top) & (candidate < at));
        top = select(top, score, better);
        at = select(at, candidate, better);
      }
      for (var i = 0u; i < min(4u, u.evens - 4u * quad); i++) { choose(image, 4u * quad + i, top[i], at[i]); }
    }
    workgroupBarrier();
  }
}

@compute @workgroup_size(LANES, ROWS)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  normalise(group.x, local);
  storageBarrier();
  findPartners(group.x, index);
  storageBarrier();
  rankPairs(group.x, index, LANES * ROWS);
}
