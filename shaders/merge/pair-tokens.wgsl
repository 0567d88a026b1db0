// The tokens of each pair, for display: for pair (e, o) the tokens src = 2 e and dst = 2 o + 1 before the merge, the token of their common
// row after it, and the keys, averaged over heads, by which they were compared.
//   out[pair] = x[src], x[dst], after[rowOf[dst]], mean_h k[src, h], mean_h k[dst, h]
// reads x [B, N, C], qkv [B, N, 3, H, D] (reads k), pairs [B, r], rowOf [B, N], after [B, N - r, C]
// writes (=) out [B, r, 3 C + 2 D]   grid: flat over B r (3 C + 2 D) invocations
struct Uniforms { count: u32, tokens: u32, channels: u32, r: u32, heads: u32, headWidth: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;
@group(0) @binding(3) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(4) var<storage, read> rowOf: array<u32>;
@group(0) @binding(5) var<storage, read> after: array<f32>;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.count) { return; }
  let width = 3u * u.channels + 2u * u.headWidth;
  let pair = index / width;
  let at = index % width;
  let image = pair / u.r;
  let src = image * u.tokens + 2u * pairs[pair].x;
  let dst = image * u.tokens + 2u * pairs[pair].y + 1u;
  if (at < 2u * u.channels) {
    out[index] = x[select(dst, src, at < u.channels) * u.channels + at % u.channels];
    return;
  }
  if (at < 3u * u.channels) {
    out[index] = after[(image * (u.tokens - u.r) + rowOf[dst]) * u.channels + at - 2u * u.channels];
    return;
  }
  let i = at - 3u * u.channels;
  let key = (select(dst, src, i < u.headWidth) * 3u + 1u) * u.heads * u.headWidth + i % u.headWidth;
  var sum = 0.0;
  for (var h = 0u; h < u.heads; h++) { sum += qkv[key + h * u.headWidth]; }
  out[index] = sum / f32(u.heads);
}
