// Measures the memory bandwidth of an adapter: every element is read once and written once.
//   out[i] = in[i]                                                     in, out [length] of four floats
// reads source   writes (=) out   grid: flat over `length` invocations
struct Uniforms { length: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.length) { return; }
  out[index] = source[index];
}
