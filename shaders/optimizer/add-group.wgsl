// Adds what a group of images left in a sum to what the batch's earlier groups left, in the groups' order; the first group begins anew.
//   total, sum = sum                 of the first group                         sum, total [length]
//   total, sum = total + sum         of each later one
// updates sum, total   grid: flat over `length` invocations
struct Uniforms { length: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;
@group(0) @binding(2) var<storage, read_write> total: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.length) { return; }
  var value = sum[index];
  if (step.first > 0u) { value += total[index]; }
  total[index] = value;
  sum[index] = value;
}
