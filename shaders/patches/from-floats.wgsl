// Cuts pictures that are already normalised into patches.
//   patches[image, patch, (channel, y, x)] = pixels[image, channel, y, x]
// shapes: pixels [B, 3, S, S], patches [B, G * G, 3 * p * p]
// reads pixels   writes (=) patches   grid: flat over B x G x G x 3 x p x p invocations
struct Uniforms { images: u32, imageSize: u32, patchSize: u32, gridSide: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> pixels: array<f32>;
@group(0) @binding(2) var<storage, read_write> patches: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let area = u.patchSize * u.patchSize;
  let within = index % area;
  let channel = (index / area) % 3u;
  let patchIndex = (index / (3u * area)) % (u.gridSide * u.gridSide);
  let image = index / (3u * area * u.gridSide * u.gridSide);
  if (image >= u.images) { return; }
  patches[index] = pixels[(image * 3u + channel) * u.imageSize * u.imageSize + pixelOf(patchIndex, within)];
}
