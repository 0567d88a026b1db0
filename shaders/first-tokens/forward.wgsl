// Copies the first tokens of each picture, which the heads read.
//   y[image, t] = x[image, t] for t < kept
// shapes: x [B, N, C], y [B, kept, C]
// reads x   writes (=) y   grid: flat over B x kept x C invocations
struct Uniforms { images: u32, tokens: u32, kept: u32, channels: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let each = u.kept * u.channels;
  if (index >= u.images * each) { return; }
  y[index] = x[(index / each) * u.tokens * u.channels + index % each];
}
