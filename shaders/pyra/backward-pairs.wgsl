// PYRA's backward, 3 of 4: through the LayerNorm of each pair, and the pair's share of da.
//   dm = a * dz_D + dz_r * b;  g = dm * gamma
//   dpairSum = rstd * (g - mean_c(g) - normalised * mean_c(g * normalised)): the gradient of x_even * size_even and of x_odd * size_odd
//   share of da = sum over channels of dz_D * (normalised * gamma + beta)
// reads sums (dz_D, dz_r of 2 of 4), a [r], b, gamma, beta [C], normalised [B, r, C], rstd [B, r]
// writes (=) dpairSum [B, r, C], sums (the shares of da, in every element of a cell)
// grid: ceil(B r / ROWS) workgroups of LANES x ROWS; LANES invocations share a pair
struct Uniforms { images: u32, cells: u32, r: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> sums: array<Cell>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<Cell>;
@group(0) @binding(4) var<storage, read> gamma: array<Cell>;
@group(0) @binding(5) var<storage, read> beta: array<Cell>;
@group(0) @binding(6) var<storage, read> normalised: array<Cell>;
@group(0) @binding(7) var<storage, read> rstd: array<f32>;
@group(0) @binding(8) var<storage, read_write> dpairSum: array<Cell>;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pair = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = pair < u.images * u.r;
  let safe = min(pair, u.images * u.r - 1u);
  let k = safe % u.r;
  let image = (safe / u.r) * sumsLength(u.cells, u.r);
  let weight = a[k];
  let dz = sums[image + pairLogits(u.cells) + k];
  let begin = safe * u.cells;
  var sum = 0.0;
  var product = 0.0;
  var share = 0.0;
  for (var c = local.x; c < u.cells; c += LANES) {
    let value = normalised[begin + c];
    let channel = sums[image + c];
    let g = (weight * channel + dz * b[c]) * gamma[c];
    sum += total(g);
    product += total(g * value);
    share += total(channel * (value * gamma[c] + beta[c]));
  }
  let channels = f32(u.cells * CELL);
  let mean = laneSum(sum, local) / channels;
  let meanProduct = laneSum(product, local) / channels;
  let shareSum = laneSum(share, local);
  if (!live) { return; }
  let scale = rstd[safe];
  for (var c = local.x; c < u.cells; c += LANES) {
    let g = (weight * sums[image + c] + dz * b[c]) * gamma[c];
    dpairSum[begin + c] = scale * (g - mean - normalised[begin + c] * meanProduct);
  }
  if (local.x == 0u) { sums[image + pairShares(u.cells, u.r) + k] = Cell(shareSum); }
}
