// The gradient of a layer's sum under stochastic depth, for the gradients of its weights.
//   out[m, n] = dout[m, n] keepFactor of the row's image                dout, out [M, N]
// reads dout   writes (=) out   grid: flat over M x N invocations
struct Uniforms { rows: u32, columns: u32, rowsPerImage: u32, site: u32, p: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dout: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  if (index >= u.rows * u.columns) { return; }
  let image = step.first + index / u.columns / u.rowsPerImage;
  out[index] = dout[index] * keepFactor(step.seed, step.number, u.site, image, u.p);
}
