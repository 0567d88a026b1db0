// AdamW with decoupled decay, over all trained weights at once (Loshchilov and Hutter, arXiv 1711.05101; PyTorch's order).
//   w -= rate decay w;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= rate (m / c1) / (sqrt(v / c2) + eps)
// with c1 = 1 - b1^t and c2 = 1 - b2^t from the step's uniforms. Each run of 64 weights belongs to one group:
// bit 0 the learning rate it takes, bit 1 whether it decays.
// shapes: weight, gradient, firstMoment (m), secondMoment (v) [length], groups [length / 64]
// reads gradient, groups, health   updates weight, firstMoment, secondMoment   grid: flat over `length` invocations
struct Uniforms { length: u32, beta1: f32, beta2: f32, epsilon: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> groups: array<u32>;
@group(0) @binding(3) var<storage, read> health: array<u32>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> firstMoment: array<f32>;
@group(0) @binding(6) var<storage, read_write> secondMoment: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = flatIndex(id, grid, 64u);
  if (i >= u.length || health[0] != 0u) { return; }
  let group = groups[i / 64u];
  let rate = select(step.rate0, step.rate1, (group & 1u) != 0u);
  let decay = select(0.0, step.decay, (group & 2u) != 0u);
  let g = gradient[i];
  let m = u.beta1 * firstMoment[i] + (1.0 - u.beta1) * g;
  let v = u.beta2 * secondMoment[i] + (1.0 - u.beta2) * g * g;
  firstMoment[i] = m;
  secondMoment[i] = v;
  weight[i] = weight[i] * (1.0 - rate * decay) - rate * (m / step.correction1) / (sqrt(v / step.correction2) + u.epsilon);
}
