// Gradient of a linear layer's bias, as a partial sum for each chunk of rows; sum-chunks.wgsl adds them up.
//   partial[s, n] = sum over m in chunk s of dout[m, n]                 dout [M, N], partial [chunks, N]
// reads dout   writes (=) partial   grid: flat over chunks x N invocations
struct Uniforms { rows: u32, columns: u32, rowsPerChunk: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dout: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let chunk = index / u.columns;
  if (chunk >= u.chunks) { return; }
  let n = index % u.columns;
  var sum = 0.0;
  let end = min((chunk + 1u) * u.rowsPerChunk, u.rows);
  for (var m = chunk * u.rowsPerChunk; m < end; m++) { sum += dout[m * u.columns + n]; }
  partial[index] = sum;
}
