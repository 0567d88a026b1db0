// Multi-head attention with an online softmax: no N x N matrix is ever stored.
//   logit_ij = scale q_i.k_j + log(size_j) (where u.proportional)      out_i = sum_j softmax_j(logit_ij) v_j
//   lse_i = log sum_j exp(logit_ij) (SAVE), for the backward
// Only the first Q = u.queries tokens of each image ask; all of them are keys.
// shapes: qkv [B, N, 3, H, D], size [B, N], out [B, Q, H, D], lse [B, H, Q]
// reads qkv, size   writes (=) out, lse   grid: flat over B x H x Q invocations, one query each, eight keys at a time
struct Uniforms { images: u32, tokens: u32, queries: u32, heads: u32, scale: f32, proportional: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<Cell>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;

override SAVE: bool;
const NEVER = -3.0e38;

// Logit of key j, or one that never counts past the last key.
fn logit(j: u32, image: u32, product: Cell) -> f32 {
  if (j >= u.tokens) { return NEVER; }
  var value = total(product) * u.scale;
  if (u.proportional != 0u) { value += log(size[image * u.tokens + j]); }
  return value;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let i = index % u.queries;
  let head = (index / u.queries) % u.heads;
  let image = index / (u.queries * u.heads);
  if (image >= u.images) { return; }
  let row = 3u * u.heads * HEAD_CELLS; // cells of one token's q, k and v
  let base = image * u.tokens * row + head * HEAD_CELLS;
  let q = base + i * row;
  let keys = base + u.heads * HEAD_CELLS;
  let values = keys + u.heads * HEAD_CELLS;
  var acc: array<Cell, HEAD_CELLS>;
  var highest = NEVER;
  var norm = 0.0;
  for (var j = 0u; j < u.tokens; j += 8u) {
    let row0 = min(j + 0u, u.tokens - 1u) * row;
    let row1 = min(j + 1u, u.tokens - 1u) * row;
    let row2 = min(j + 2u, u.tokens - 1u) * row;
    let row3 = min(j + 3u, u.tokens - 1u) * row;
    let r4 = min(j + 4u, u.tokens - 1u) * row;
    let r5 = min(j + 5u, u.tokens - 1u) * row;
    let r6 = min(j + 6u, u.tokens - 1u) * row;
    let r7 = min(j + 7u, u.tokens - 1u) * row;
    var d0 = Cell(); var d1 = Cell(); var d2 = Cell(); var d3 = Cell(); var d4 = Cell(); var d5 = Cell(); var d6 = Cell(); var d7 = Cell();
    for (var c = 0u; c < HEAD_CELLS; c++) {
      let qc = qkv[q + c];
      d0 += qc * qkv[keys + row0 + c];
      d1 += qc * qkv[keys + row1 + c];
      d2 += qc * qkv[keys + row2 + c];
      d3 += qc * qkv[keys + row3 + c];
      d4 += qc * qkv[keys + r4 + c];
      d5 += qc * qkv[keys + r5 + c];
      d6 += qc * qkv[keys + r6 + c];
      d7 += qc * qkv[keys + r7 + c];
    }
    let s0 = logit(j + 0u, image, d0);
    let s1 = logit(j + 1u, image, d1);
    let s2 = logit(j + 2u, image, d2);
    let s3 = logit(j + 3u, image, d3);
    let s4 = logit(j + 4u, image, d4);
    let s5 = logit(j + 5u, image, d5);
    let s6 = logit(j + 6u, image, d6);
    let s7 = logit(j + 7u, image, d7);
    let top = max(highest, max(max(max(s0, s1), max(s2, s3)), max(max(s4, s5), max(s6, s7))));
    let fade = exp(highest - top);
    let p0 = exp(s0 - top);
    let p1 = exp(s1 - top);
    let p2 = exp(s2 - top);
    let p3 = exp(s3 - top);
    let p4 = exp(s4 - top);
    let p5 = exp(s5 - top);
    let p6 = exp(s6 - top);
    let p7 = exp(s7 - top);
    norm = norm * fade + (((p0 + p1) + (p2 + p3)) + ((p4 + p5) + (p6 + p7)));
    highest = top;
    for (var c = 0u; c < HEAD_CELLS; c++) {
      var value = acc[c] * fade;
      value += p0 * qkv[values + row0 + c];
      value += p1 * qkv[values + row1 + c];
      value += p2 * qkv[values + row2 + c];
      value += p3 * qkv[values + row3 + c];
      value += p4 * qkv[values + r4 + c];
      value += p5 * qkv[values + r5 + c];
      value += p6 * qkv[values + r6 + c];
      value += p7 * qkv[values + r7 + c];
      acc[c] = value;
    }
  }
  let to = ((image * u.queries + i) * u.heads + head) * HEAD_CELLS;
  for (var c = 0u; c < HEAD_CELLS; c++) { out[to + c] = acc[c] / norm; }
  if (SAVE) { lse[(image * u.heads + head) * u.queries + i] = highest + log(norm); }
}
