// Gradient of LayerNorm's input, added to the passing gradient of the residual.
//   g = dy * gamma, xhat = (x - mean) * rstd
//   dx = passing + rstd * (g - mean_c(g) - xhat * mean_c(g * xhat))      x, dy, passing, dx [rows, C]; stats [rows, 2]
// dy and stats have only the normalised rows: their row i is row i * every + offset of x. For the other rows dx is `passing`, or zero.
// reads x, stats, gamma, dy, passing   writes (=) dx
// grid: ceil(rows / ROWS) workgroups of LANES x ROWS
struct Uniforms { rows: u32, channels: u32, every: u32, offset: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> gamma: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> passing: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

override PASSING: bool;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let local = laneOf(id);
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = row < u.rows;
  let safe = min(row, u.rows - 1u);
  let begin = safe * u.channels;
  let compact = safe / u.every;
  let normed = safe % u.every == u.offset;
  let at = compact * u.channels;
  let mean = stats[2u * compact];
  let rstd = stats[2u * compact + 1u];
  var sum = 0.0;
  var product = 0.0;
  for (var c = local.x; c < u.channels; c += LANES) {
    let g = dy[at + c] * gamma[c];
    sum += g;
    product += g * (x[begin + c] - mean) * rstd;
  }
  let meanG = laneSum(sum, local) / f32(u.channels);
  let meanProduct = laneSum(product, local) / f32(u.channels);
  if (!live) { return; }
  for (var c = local.x; c < u.channels; c += LANES) {
    let xhat = (x[begin + c] - mean) * rstd;
    var value = select(0.0, rstd * (dy[at + c] * gamma[c] - meanG - xhat * meanProduct), normed);
    if (PASSING) { value += passing[begin + c]; }
    dx[begin + c] = value;
  }
}
