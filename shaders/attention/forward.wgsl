// Multi-head attention with an online softmax. Keys and values are staged in workgroup memory, and no N x N matrix is stored.
//   logit_ij = scale q_i.k_j + log(size_j) (where u.proportional)      out_i = sum_j softmax_j(logit_ij) v_j
//   lse_i = log sum_j exp(logit_ij) (where u.save), for the backward
// Exponentials are powers of two, and the number subtracted from exponents is whole, so that rescaling a sum does not round. The sums are
// as if the highest logit had been known from the first key, however many keys are read at a time. Only the first Q = u.queries tokens of
// each image are queries; all N tokens are keys.
// shapes: qkv [B, N, 3, H, D], size [B, N], out [B, Q, H, D], lse [B, H, Q]
// reads qkv, size   writes (=) out, lse   grid: (ceil(Q / rows) slices, H, B) workgroups; each slice has OWN x ACROSS cells of D
struct Uniforms { tokens: u32, queries: u32, heads: u32, headWidth: u32, scale: f32, proportional: u32, slices: u32, most: u32, save: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<Cell>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;

const PRODUCTS = 1u;

fn rowCell(product: u32, token: u32, cell: u32) -> vec4f { return qkvCell(qkvBegin(image, token, head, 0u), cell); }
fn columnCell(product: u32, token: u32, cell: u32) -> vec4f { return qkvCell(qkvBegin(image, token, head, 1u), cell); }
fn valueCell(product: u32, token: u32, cell: u32) -> vec4f { return qkvCell(qkvBegin(image, token, head, 2u), cell); }

fn put(at: u32, value: Cell) { out[at] = value; }

fn store(row: u32, cell: u32, value: vec4f) {
  if (row >= u.queries || 4u * cell >= u.headWidth) { return; }
  let begin = askedBegin(row) + 4u * cell;
  storeCell(begin, cell, value);
}

@compute @workgroup_size(ACROSS, DOWN)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(group);
  let scale = u.scale * LOG2_E;
  var acc: array<vec4f, 16>;
  var norm = vec4f();
  var highest = vec4f(NEVER);
  for (var j = 0u; j < u.tokens; j += 4u * ACROSS) {
    var s = mat4x4f();
    for (var cell = 0u; cell < place.cells; cell += STEP) {
      let at = select(0u, cell, HELD > STEP);
      if (HELD == STEP || j == 0u) { stageRows(place.first, cell, at, lane); }
      stageColumns(j, cell, lane);
      workgroupBarrier();
      addScores(&s, 0u, at, local);
      workgroupBarrier();
    }
    let bias = keyBias(image, j + 4u * local.x) * LOG2_E;
    let x = mat4x4f(
      fma(s[0], vec4f(scale), bias), fma(s[1], vec4f(scale), bias), fma(s[2], vec4f(scale), bias), fma(s[3], vec4f(scale), bias));
    // The highest logit of each row, over all invocations with logits of the row. The memory is used for the weights afterwards.
    weights[local.x * DOWN + local.y] = vec4f(most(x[0]), most(x[1]), most(x[2]), most(x[3]));
    workgroupBarrier();
    var top = highest;
    let across = endless(ACROSS);
    for (var i = 0u; i < across; i++) { top = max(top, ceil(weights[i * DOWN + local.y])); }
    workgroupBarrier();
    let fade = powerOfTwo(highest - top);
    highest = top;
    norm *= fade;
    acc[0] *= fade.x; acc[1] *= fade.y; acc[2] *= fade.z; acc[3] *= fade.w;
    acc[4] *= fade.x; acc[5] *= fade.y; acc[6] *= fade.z; acc[7] *= fade.w;
    acc[8] *= fade.x; acc[9] *= fade.y; acc[10] *= fade.z; acc[11] *= fade.w;
    acc[12] *= fade.x; acc[13] *= fade.y; acc[14] *= fade.z; acc[15] *= fade.w;
    shareWeights(mat4x4f(powers(x[0], top.x), powers(x[1], top.y), powers(x[2], top.z), powers(x[3], top.w)), local);
    for (var k = 0u; k < 4u * ACROSS && j + k < u.tokens; k += STAGED) {
      stageValues(0u, j + k, place.slice, lane);
      workgroupBarrier();
      addWeighted(&acc, &norm, k, local);
      workgroupBarrier();
    }
  }
  // A copy, so that no other array is indexed by a variable.
  var sums = acc;
  let end = endless(4u * OWN);
  for (var i = 0u; i < end; i++) {
    store(place.first + 4u * local.y + i % 4u, place.slice + local.x + (i / 4u) * ACROSS, sums[i] / norm[i % 4u]);
  }
  if (u.save == 0u || place.slice > 0u || local.x > 0u) { return; }
  for (var i = 0u; i < 4u; i++) {
    let row = place.first + 4u * local.y + i;
    if (row < u.queries) { lse[(image * u.heads + head) * u.queries + row] = (highest[i] + log2(norm[i])) * LN_2; }
  }
}
