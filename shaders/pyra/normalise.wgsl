// LayerNorm of the sum of each pair, before gamma and beta: PYRA's information about the pair.
//   m = x_even * size_even + x_odd * size_odd;  normalised = (m - mean) * rstd
// reads x [B, N, C], size [B, N] (SIZED, else ones), pairs [B, r] (even, odd)   writes (=) normalised [B, r, C], rstd [B, r]
// grid: ceil(B r / ROWS) workgroups of LANES x ROWS; LANES invocations share a pair
struct Uniforms { images: u32, tokens: u32, cells: u32, r: u32, epsilon: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(4) var<storage, read_write> normalised: array<Cell>;
@group(0) @binding(5) var<storage, read_write> rstd: array<f32>;

override SIZED: bool;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = row < u.images * u.r;
  let safe = min(row, u.images * u.r - 1u);
  let token = (safe / u.r) * u.tokens;
  let even = token + 2u * pairs[safe].x;
  let odd = token + 2u * pairs[safe].y + 1u;
  var weights = vec2f(1.0);
  if (SIZED) { weights = vec2f(size[even], size[odd]); }
  let begin = safe * u.cells;
  var sum = 0.0;
  for (var c = local.x; c < u.cells; c += LANES) {
    let m = x[even * u.cells + c] * weights.x + x[odd * u.cells + c] * weights.y;
    if (live) { normalised[begin + c] = m; }
    sum += total(m);
  }
  let channels = f32(u.cells * CELL);
  let mean = laneSum(sum, local) / channels;
  var squares = 0.0;
  if (live) {
    for (var c = local.x; c < u.cells; c += LANES) {
      let centred = normalised[begin + c] - mean;
      squares += total(centred * centred);
    }
  }
  let scale = inverseSqrt(laneSum(squares, local) / channels + u.epsilon);
  if (!live) { return; }
  for (var c = local.x; c < u.cells; c += LANES) { normalised[begin + c] = (normalised[begin + c] - mean) * scale; }
  if (local.x == 0u) { rstd[row] = scale; }
}
