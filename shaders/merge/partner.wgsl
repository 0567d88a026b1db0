// The most similar odd token of each even one. Scores are kept in registers, for 4 even by 8 odd tokens at a time.
//   score[i, j] = sum_d metric[d, 0, i] metric[d, 1, j];  best[i] = max_j score[i, j], partner[i] = the first j that reaches it
// over j >= first: nothing merges into the odd tokens before it, which are protected. Protected even ones are scored like the
// others; ranking leaves them out.
// reads metric [B, D, 2, padded] as vec4   writes (=) best, partner [B, E], E = even tokens; a row without a valid score keeps LOWEST and `first`
// grid: ceil(B ceil(E / 4) / ROWS) workgroups of LANES x ROWS; LANES invocations share 4 even tokens and take turns at the odd ones
struct Uniforms { images: u32, evens: u32, odds: u32, headWidth: u32, padded: u32, first: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> metric: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> best: array<f32>;
@group(0) @binding(3) var<storage, read_write> partner: array<u32>;

override LANES: u32;
override ROWS: u32;
var<workgroup> shared_score: array<vec4f, LANES * ROWS>;
var<workgroup> shared_index: array<vec4u, LANES * ROWS>;

// Lower than any cosine.
const LOWEST = -3.4e38;
var<private> top: vec4f;
var<private> at: vec4u;

// Columns are compared in ascending order, so that the first of equals is kept.
fn offer(score: vec4f, j: u32) {
  if (j < u.first || j >= u.odds) { return; }
  let better = score > top;
  top = select(top, score, better);
  at = select(at, vec4u(j), better);
}

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let tiles = (u.evens + 3u) / 4u;
  let tile = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = tile < u.images * tiles;
  let safe = min(tile, u.images * tiles - 1u);
  let image = safe / tiles;
  let quad = safe % tiles;
  let cells = u.padded / 4u;
  top = vec4f(LOWEST);
  at = vec4u(u.first);
  let oddTiles = (u.odds + 7u) / 8u;
  for (var tile = local.x; tile < oddTiles; tile += LANES) {
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
  let mine = local.y * LANES;
  shared_score[mine + local.x] = top;
  shared_index[mine + local.x] = at;
  workgroupBarrier();
  if (local.x > 0u) { return; }
  for (var lane = 1u; lane < LANES; lane++) {
    let score = shared_score[mine + lane];
    let index = shared_index[mine + lane];
    let better = (score > top) | ((score == top) & (index < at));
    top = select(top, score, better);
    at = select(at, index, better);
  }
  if (!live) { return; }
  for (var i = 0u; i < 4u; i++) {
    let even = 4u * quad + i;
    if (even < u.evens) {
      best[image * u.evens + even] = top[i];
      partner[image * u.evens + even] = at[i];
    }
  }
}
