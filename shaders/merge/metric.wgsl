// The vectors by which tokens are compared: the mean of the keys over heads, divided by its L2 norm. Even and odd tokens are stored apart,
// with channels first, so that the next kernel reads neighbouring tokens as one vector.
//   m[n, i] = mean_h k[n, h, i];  metric[i, n mod 2, n div 2] = m[n, i] / ||m[n]||
// qkv [B, N, 3, H, D] (reads k), writes (=) metric [B, D, 2, padded]; the columns past each half's tokens are left as they are
// grid: ceil(B N / ROWS) workgroups of LANES x ROWS; LANES invocations share a token
struct Uniforms { images: u32, tokens: u32, heads: u32, headWidth: u32, padded: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<f32>;
@group(0) @binding(2) var<storage, read_write> metric: array<f32>;

// A zero key has no direction. It stays zero, and its similarity to every other is 0.
const SMALLEST_SQUARE = 1e-30;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let live = row < u.images * u.tokens;
  let safe = min(row, u.images * u.tokens - 1u);
  let token = safe % u.tokens;
  let key = (safe * 3u + 1u) * u.heads * u.headWidth;
  let base = ((safe / u.tokens) * u.headWidth * 2u + token % 2u) * u.padded + token / 2u;
  var squares = 0.0;
  for (var i = local.x; i < u.headWidth; i += LANES) {
    var sum = 0.0;
    for (var h = 0u; h < u.heads; h++) { sum += qkv[key + h * u.headWidth + i]; }
    let mean = sum / f32(u.heads);
    squares += mean * mean;
    if (live) { metric[base + i * 2u * u.padded] = mean; }
  }
  let norm = sqrt(max(laneSum(squares, local), SMALLEST_SQUARE));
  if (!live) { return; }
  for (var i = local.x; i < u.headWidth; i += LANES) {
    let at = base + i * 2u * u.padded;
    metric[at] = metric[at] / norm;
  }
}
