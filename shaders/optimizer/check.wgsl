// Looks for a loss or a gradient that is not finite, and marks the run as unhealthy: from then on AdamW changes no weight.
// shapes: result [2] = (loss, hits), gradient [length]
// reads result, gradient   updates health   grid: flat over ceil(length / 64) invocations, 64 elements each
struct Uniforms { length: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> result: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> health: array<atomic<u32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let begin = flatIndex(id, groups, 64u) * 64u;
  var finite = isFinite(result[0]);
  for (var i = begin; i < min(begin + 64u, u.length); i++) { finite = finite && isFinite(gradient[i]); }
  if (!finite) { atomicMax(&health[0], 1u); }
}
