// Puts the prefix tokens in front of the embedded patches and adds the position embedding.
//   x[image, t] = prefix[t] + positions[t] for t < T, else embedded[image, t - T] + positions[t]
// shapes: embedded [B, P, C], prefix [T, C] (class token, then distillation token), positions, x [.., T + P, C]
// reads embedded, prefix, positions   writes (=) x   grid: flat over B x (T + P) x C invocations
struct Uniforms { images: u32, patches: u32, protectedTokens: u32, channels: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> embedded: array<f32>;
@group(0) @binding(2) var<storage, read> prefix: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<f32>;
@group(0) @binding(4) var<storage, read_write> x: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let tokens = u.protectedTokens + u.patches;
  let c = index % u.channels;
  let token = (index / u.channels) % tokens;
  let image = index / (u.channels * tokens);
  if (image >= u.images) { return; }
  var value = positions[token * u.channels + c];
  if (token < u.protectedTokens) {
    value += prefix[token * u.channels + c];
  } else {
    value += embedded[(image * u.patches + token - u.protectedTokens) * u.channels + c];
  }
  x[index] = value;
}
