// Gradient of LayerNorm's gamma, as a partial sum for each chunk of rows; linear/sum-chunks.wgsl adds them up. The gradient of beta is
// linear/bias-gradient.wgsl of dy.
//   partial[s, c] = sum over m in chunk s of dy[m, c] xhat[m, c],   xhat[m, c] = (x[m every + offset, c] - mean[m]) rstd[m]
// shapes: dy [M, C]; x [.., C], of which row m every + offset was normalised; stats [M, 2]; partial [chunks, C]
// reads x, stats, dy   writes (=) partial   grid: flat over chunks x C invocations
struct Uniforms { rows: u32, channels: u32, every: u32, offset: u32, rowsPerChunk: u32, chunks: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> partial: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let chunk = index / u.channels;
  if (chunk >= u.chunks) { return; }
  let c = index % u.channels;
  var sum = 0.0;
  let end = min((chunk + 1u) * u.rowsPerChunk, u.rows);
  for (var m = chunk * u.rowsPerChunk; m < end; m++) {
    let xhat = (x[(m * u.every + u.offset) * u.channels + c] - stats[2u * m]) * stats[2u * m + 1u];
    sum += dy[m * u.channels + c] * xhat;
  }
  partial[index] = sum;
}
