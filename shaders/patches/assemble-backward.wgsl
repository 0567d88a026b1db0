// Gradients of the embedded patches, the tokens in front and the position embedding.
//   dembedded[image, t - T] = dx[image, t] for t >= T     dpositions[t] = sum over images of dx[image, t]     dprefix[t] = dpositions[t]
// shapes: dx [B, T + P, C], dembedded [B, P, C], dprefix [T, C], dpositions [T + P, C]
// reads dx   writes (=) dembedded, dprefix, dpositions   grid: flat over (T + P) x C invocations, each all images in their order
struct Uniforms { images: u32, patches: u32, protectedTokens: u32, channels: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dx: array<f32>;
@group(0) @binding(2) var<storage, read_write> dembedded: array<f32>;
@group(0) @binding(3) var<storage, read_write> dprefix: array<f32>;
@group(0) @binding(4) var<storage, read_write> dpositions: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let inFront = u.protectedTokens * u.channels;
  let behind = u.patches * u.channels;
  if (index >= inFront + behind) { return; }
  var sum = 0.0;
  for (var image = 0u; image < u.images; image++) {
    let value = dx[image * (inFront + behind) + index];
    sum += value;
    if (index >= inFront) { dembedded[image * behind + index - inFront] = value; }
  }
  dpositions[index] = sum;
  if (index < inFront) { dprefix[index] = sum; }
}
