// Adds up the chunks of a partial gradient in order, so that the same inputs give the same bits.
//   out[i] = sum_s partial[s, i]                                      partial [chunks, length], out [length]
// reads partial   writes (=) out   grid: flat over `length` invocations
struct Uniforms { length: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.length) { return; }
  var sum = 0.0;
  for (var chunk = 0u; chunk < u.chunks; chunk++) { sum += partial[chunk * u.length + index]; }
  out[index] = sum;
}
