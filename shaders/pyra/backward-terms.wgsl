// PYRA's backward, 1 of 3: the terms whose sums are the modulation's gradients.
//   u = (dout[row] / outSize[row]) * x_even * size_even, row = the pair's row after the merge;  dg_r = sum over channels of u * g_D
// reads dout [B, N - r, C], outSize [B, N - r], x [B, N, C], size [B, N] (SIZED, else ones), pairs [B, r] (even, odd), rowOf [B, N],
// gChannels [B, C]   writes (=) terms [B, r, C / CELL + 1] cells: u, then dg_r in every element of the last cell
// grid: ceil(B r / ROWS) workgroups of LANES x ROWS; LANES invocations share a pair
struct Uniforms { images: u32, tokens: u32, cells: u32, r: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dout: array<Cell>;
@group(0) @binding(2) var<storage, read> outSize: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<Cell>;
@group(0) @binding(4) var<storage, read> size: array<f32>;
@group(0) @binding(5) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(6) var<storage, read> rowOf: array<u32>;
@group(0) @binding(7) var<storage, read> gChannels: array<Cell>;
@group(0) @binding(8) var<storage, read_write> terms: array<Cell>;

override SIZED: bool;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pair = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = pair < u.images * u.r;
  let safe = min(pair, u.images * u.r - 1u);
  let image = safe / u.r;
  let even = image * u.tokens + 2u * pairs[safe].x;
  let row = image * (u.tokens - u.r) + rowOf[even];
  var weight = 1.0 / outSize[row];
  if (SIZED) { weight *= size[even]; }
  let begin = safe * (u.cells + 1u);
  var sum = 0.0;
  for (var c = local.x; c < u.cells; c += LANES) {
    let value = dout[row * u.cells + c] * x[even * u.cells + c] * weight;
    if (live) { terms[begin + c] = value; }
    sum += total(value * gChannels[image * u.cells + c]);
  }
  let dgPairs = laneSum(sum, local);
  if (live && local.x == 0u) { terms[begin + u.cells] = Cell(dgPairs); }
}
