// Attention's backward without fusion, the first pass: probabilities, computed again from lse, and the gradients of the logits.
//   p_ij = exp(logit_ij - lse_i)     ds_ij = scale p_ij (dout_i.v_j - dout_i.out_i)
// shapes: qkv [B, N, 3, H, D], size [B, N], out, dout [B, Q, H, D], lse [B, H, Q], p, ds as in attention/stored-scores
// reads qkv, size, out, dout, lse   writes (=) p, ds   grid: (ceil(Q / rows) ceil(N / columns), H, images) workgroups
struct Uniforms {
  tokens: u32, queries: u32, heads: u32, headWidth: u32, scale: f32, proportional: u32, slices: u32, most: u32, first: u32, quads: u32,
}
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> out: array<Cell>;
@group(0) @binding(4) var<storage, read> dout: array<Cell>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read_write> probability: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> ds: array<vec4f>;

fn rowCell(product: u32, token: u32, cell: u32) -> vec4f { return queryCell(product, token, cell); }
fn columnCell(product: u32, token: u32, cell: u32) -> vec4f { return keyCell(product, token, cell); }

fn store(row: u32, column: u32, p: vec4f, product: vec4f, delta: f32) {
  if (!stored(row, column)) { return; }
  probability[quadOf(row, column)] = p;
  ds[quadOf(row, column)] = logitGradients(p, product, vec4f(delta));
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(group);
  image += u.first;
  let columns = 4u * ACROSS * (group.x % u.slices);
  var s = mat4x4f();
  var t = mat4x4f();
  for (var cell = 0u; cell < place.cells; cell += STEP) {
    stageRows(place.first, cell, 0u, lane);
    stageColumns(columns, cell, lane);
    workgroupBarrier();
    addScores(&s, 0u, 0u, local);
    addScores(&t, 1u, 0u, local);
    workgroupBarrier();
  }
  let row = place.first + 4u * local.y;
  let column = columns + 4u * local.x;
  let keys = keyBias(image, column);
  let bias = queryBias(row);
  let delta = freshDeltas(row);
  store(row, column, probabilities(s[0], keys, vec4f(bias.x)), t[0], delta.x);
  store(row + 1u, column, probabilities(s[1], keys, vec4f(bias.y)), t[1], delta.y);
  store(row + 2u, column, probabilities(s[2], keys, vec4f(bias.z)), t[2], delta.z);
  store(row + 3u, column, probabilities(s[3], keys, vec4f(bias.w)), t[3], delta.w);
}
