// Measures the peak of multiply-adds: each invocation has eight independent chains of four floats in registers.
//   v = v x + y, `rounds` times eight                                  out [INVOCATIONS]
// writes (=) out, so that the chains are wanted   grid: flat over INVOCATIONS invocations; 256 multiply-adds a round and invocation
struct Uniforms { rounds: u32, x: f32, y: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(u.x);
  let y = vec4f(u.y);
  let start = vec4f(f32(id.x % 64u));
  var a = start; var b = start + 1.0; var c = start + 2.0; var d = start + 3.0;
  var e = start + 4.0; var f = start + 5.0; var g = start + 6.0; var h = start + 7.0;
  for (var round = 0u; round < u.rounds; round++) {
    for (var turn = 0u; turn < 8u; turn++) {
      a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y);
      e = fma(e, x, y); f = fma(f, x, y); g = fma(g, x, y); h = fma(h, x, y);
    }
  }
  let all = ((a + b) + (c + d)) + ((e + f) + (g + h));
  out[id.x] = (all.x + all.y) + (all.z + all.w);
}
