// Softmax cross-entropy of each image and its gradient. `scale` is 1, or 1/2 where the logits are the sum of two heads.
//   l = scale logits;  loss_i = w_i (log sum_c exp(l_ic) - l_i,label)     dlogits_ic = w_i scale (softmax(l_i)_c - [c = label]) / images
// w_i is the picture's weight where WEIGHTED, else 1.
// hit_i = 1 where the label has the highest logit (the first of equals). Rows past the batch's step.images are padding: zero in all.
// shapes: logits, dlogits [B, K], labels, weights [B], rows [B, 2] = (loss, hit)
// reads logits, labels, weights   writes (=) dlogits, rows   grid: flat over B invocations
struct Uniforms { images: u32, classes: u32, scale: f32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(5) var<storage, read_write> rows: array<f32>;

override WEIGHTED: bool;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let image = flatIndex(id, groups, 64u);
  if (image >= u.images) { return; }
  let begin = image * u.classes;
  if (step.first + image >= step.images) {
    for (var c = 0u; c < u.classes; c++) { dlogits[begin + c] = 0.0; }
    rows[2u * image] = 0.0;
    rows[2u * image + 1u] = 0.0;
    return;
  }
  var best = 0u;
  for (var c = 1u; c < u.classes; c++) {
    if (logits[begin + c] > logits[begin + best]) { best = c; }
  }
  let highest = u.scale * logits[begin + best];
  var sum = 0.0;
  for (var c = 0u; c < u.classes; c++) { sum += exp(u.scale * logits[begin + c] - highest); }
  let label = labels[image];
  var weight = 1.0;
  if (WEIGHTED) { weight = weights[image]; }
  let share = weight * u.scale / f32(step.images);
  for (var c = 0u; c < u.classes; c++) {
    let truth = select(0.0, 1.0, c == label);
    dlogits[begin + c] = (exp(u.scale * logits[begin + c] - highest) / sum - truth) * share;
  }
  rows[2u * image] = weight * (highest + log(sum) - u.scale * logits[begin + label]);
  rows[2u * image + 1u] = select(0.0, 1.0, best == label);
}
