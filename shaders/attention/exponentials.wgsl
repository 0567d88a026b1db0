// Attention without fusion, the second of three passes: the exponentials of a row's scores, relative to the highest of them.
//   highest_i = max_j ceil(score_ij)     score_ij = 2^(score_ij - highest_i)
// shapes: scores [rows, 4 quads], highest [rows]; a row is a query of a head
// reads scores   writes (=) scores, highest   grid: ceil(rows / ROWS) workgroups of LANES x ROWS; LANES invocations share a row
struct Uniforms { rows: u32, quads: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> scores: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> highest: array<f32>;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) id: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let local = laneOf(id);
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  let begin = min(row, u.rows - 1u) * u.quads;
  var top = NEVER;
  for (var quad = local.x; quad < u.quads; quad += LANES) { top = max(top, ceil(most(scores[begin + quad]))); }
  top = laneMost(top, local);
  if (row >= u.rows) { return; }
  for (var quad = local.x; quad < u.quads; quad += LANES) { scores[begin + quad] = powers(scores[begin + quad], top); }
  if (local.x == 0u) { highest[row] = top; }
}
