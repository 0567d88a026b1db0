// Follows the original tokens through a merge: computes the row of each after it.
//   out[t] = rowOf[source[t]]      source, out [B, N0]; rowOf [B, N]; without a source (SOURCE) N0 = N and source[t] = t
// reads source, rowOf   writes (=) out   grid: flat over B N0 invocations
struct Uniforms { count: u32, initialTokens: u32, tokens: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> source: array<u32>;
@group(0) @binding(2) var<storage, read> rowOf: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;

override SOURCE: bool;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.count) { return; }
  var token = index % u.initialTokens;
  if (SOURCE) { token = source[index]; }
  out[index] = rowOf[(index / u.initialTokens) * u.tokens + token];
}
