// Cuts 8-bit pictures into patches and normalises them.
//   patches[image, patch, (channel, y, x)] = (pixel / 255 - mean[channel]) / std[channel]
// shapes: pixels [B, S, S] packed RGBA8, patches [B, G * G, 3 * p * p]; rows and columns past G * p are left out
// reads pixels   writes (=) patches   grid: flat over B x G x G x p x p invocations, one pixel each
struct Uniforms {
  images: u32, imageSize: u32, patchSize: u32, gridSide: u32,
  mean0: f32, mean1: f32, mean2: f32, scale0: f32, scale1: f32, scale2: f32,
}
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> pixels: array<u32>;
@group(0) @binding(2) var<storage, read_write> patches: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let area = u.patchSize * u.patchSize;
  let within = index % area;
  let patchIndex = (index / area) % (u.gridSide * u.gridSide);
  let image = index / (area * u.gridSide * u.gridSide);
  if (image >= u.images) { return; }
  let rgb = unpack4x8unorm(pixels[image * u.imageSize * u.imageSize + pixelOf(patchIndex, within)]);
  let base = (image * u.gridSide * u.gridSide + patchIndex) * 3u * area + within;
  patches[base] = (rgb.x - u.mean0) * u.scale0;
  patches[base + area] = (rgb.y - u.mean1) * u.scale1;
  patches[base + 2u * area] = (rgb.z - u.mean2) * u.scale2;
}
