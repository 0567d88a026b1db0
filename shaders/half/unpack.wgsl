// Float16 numbers, two in a word, as float32.
//   y[2 i], y[2 i + 1] = the lower and the upper half of packed[i]       packed [ceil(length / 2)], y [length]
// reads packed   writes (=) y   grid: flat over ceil(length / 2) invocations
struct Uniforms { length: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> packed: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let at = 2u * index;
  if (at >= u.length) { return; }
  let pair = unpack2x16float(packed[index]);
  y[at] = pair.x;
  if (at + 1u < u.length) { y[at + 1u] = pair.y; }
}
