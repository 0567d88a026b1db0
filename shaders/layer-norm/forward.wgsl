// LayerNorm over channels, and a copy with dropout for LoRA's input.
//   y = (x - mean) * rstd * gamma + beta            x, y [rows, C]; gamma, beta [C]
//   dropped = y * keepFactor(row * C + c)           only where DROP, rows counted from the batch's first image
// Row i of y, dropped and stats belongs to row i * every + offset of x, so that a head can normalise its token alone.
// reads x, gamma, beta   writes (=) y (STORE), dropped (DROP), stats [rows, 2] = (mean, rstd) (SAVE)
// grid: ceil(rows / ROWS) workgroups of LANES x ROWS; LANES invocations share a row
struct Uniforms { rows: u32, channels: u32, epsilon: f32, site: u32, dropout: f32, rowsPerImage: u32, every: u32, offset: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> dropped: array<f32>;
@group(0) @binding(6) var<storage, read_write> stats: array<f32>;

override STORE: bool;
override SAVE: bool;
override DROP: bool;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let local = laneOf(id);
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = row < u.rows;
  let to = min(row, u.rows - 1u) * u.channels;
  let begin = (min(row, u.rows - 1u) * u.every + u.offset) * u.channels;
  var sum = 0.0;
  for (var c = local.x; c < u.channels; c += LANES) { sum += x[begin + c]; }
  let mean = laneSum(sum, local) / f32(u.channels);
  var squares = 0.0;
  for (var c = local.x; c < u.channels; c += LANES) {
    let centred = x[begin + c] - mean;
    squares += centred * centred;
  }
  let rstd = inverseSqrt(laneSum(squares, local) / f32(u.channels) + u.epsilon);
  if (!live) { return; }
  if (SAVE && local.x == 0u) {
    stats[2u * row] = mean;
    stats[2u * row + 1u] = rstd;
  }
  if (!STORE) { return; }
  let element = step.first * u.rowsPerImage * u.channels + to;
  for (var c = local.x; c < u.channels; c += LANES) {
    // Written as one operation, so that every compiler rounds it as in linear/normed-rows.
    let value = fma((x[begin + c] - mean) * rstd, gamma[c], beta[c]);
    y[to + c] = value;
    if (DROP) { dropped[to + c] = value * keepFactor(step.seed, step.number, u.site, element + c, u.dropout); }
  }
}
