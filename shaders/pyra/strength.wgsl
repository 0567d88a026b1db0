// How strongly the modulation changed each token that merged away.
//   strength = ||x' - x|| / ||x|| = |g_r| * ||x * g_D|| / ||x||, and 0 for a token of zeros; sizes cancel
// reads x [B, N, C], pairs [B, r] (even, odd), gChannels [B, C], gPairs [B, r]   writes (=) strength [B, r]
// grid: ceil(B r / ROWS) workgroups of LANES x ROWS; LANES invocations share a pair
struct Uniforms { images: u32, tokens: u32, cells: u32, r: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(3) var<storage, read> gChannels: array<Cell>;
@group(0) @binding(4) var<storage, read> gPairs: array<f32>;
@group(0) @binding(5) var<storage, read_write> strength: array<f32>;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = row < u.images * u.r;
  let safe = min(row, u.images * u.r - 1u);
  let image = safe / u.r;
  let even = (image * u.tokens + 2u * pairs[safe].x) * u.cells;
  var moved = 0.0;
  var whole = 0.0;
  for (var c = local.x; c < u.cells; c += LANES) {
    let value = x[even + c];
    let change = value * gChannels[image * u.cells + c];
    whole += total(value * value);
    moved += total(change * change);
  }
  let wholeSum = laneSum(whole, local);
  let movedSum = laneSum(moved, local);
  if (!live || local.x > 0u) { return; }
  strength[row] = select(0.0, abs(gPairs[row]) * sqrt(movedSum / max(wholeSum, 1e-30)), wholeSum > 0.0);
}
