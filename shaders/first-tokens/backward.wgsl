// Gradient of the first tokens of each picture, added to the gradient that passes by.
//   dx[image, t] = passing[image, t] (PASSING) + dy[image, t] for t < kept
// shapes: dy [B, kept, C], passing, dx [B, N, C]
// reads dy, passing   writes (=) dx   grid: flat over B x N x C invocations
struct Uniforms { images: u32, tokens: u32, kept: u32, channels: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> passing: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

override PASSING: bool;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let whole = u.tokens * u.channels;
  if (index >= u.images * whole) { return; }
  let each = u.kept * u.channels;
  let within = index % whole;
  var value = 0.0;
  if (within < each) { value = dy[(index / whole) * each + within]; }
  if (PASSING) { value += passing[index]; }
  dx[index] = value;
}
