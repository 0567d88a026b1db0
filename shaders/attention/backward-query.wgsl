// Attention's backward, first pass: the gradient of the queries, with the probabilities recomputed from lse.
//   delta_i = dout_i.out_i     p_ij = exp(logit_ij - lse_i)     ds_ij = p_ij (dout_i.v_j - delta_i)
//   dq_i = scale sum_j ds_ij k_j
// Only the first Q = u.queries tokens of each image asked; the others' queries have no gradient.
// shapes: qkv, dqkv [B, N, 3, H, D], size [B, N], out, dout [B, Q, H, D], lse, delta [B, H, Q]
// reads qkv, size, out, dout, lse   writes (=) delta, the q part of dqkv   grid: flat over B x H x N invocations, one query each
struct Uniforms { images: u32, tokens: u32, queries: u32, heads: u32, scale: f32, proportional: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> out: array<Cell>;
@group(0) @binding(4) var<storage, read> dout: array<Cell>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dqkv: array<Cell>;


// scale ds_ij from the two products with key and value j; nothing past the last key.
fn slope(j: u32, image: u32, qk: Cell, dv: Cell, logNorm: f32, own: f32) -> f32 {
  if (j >= u.tokens) { return 0.0; }
  var value = total(qk) * u.scale;
  if (u.proportional != 0u) { value += log(size[image * u.tokens + j]); }
  return exp(value - logNorm) * (total(dv) - own) * u.scale;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let i = index % u.tokens;
  let head = (index / u.tokens) % u.heads;
  let image = index / (u.tokens * u.heads);
  if (image >= u.images) { return; }
  let row = 3u * u.heads * HEAD_CELLS;
  let base = image * u.tokens * row + head * HEAD_CELLS;
  let q = base + i * row;
  let keys = base + u.heads * HEAD_CELLS;
  let values = keys + u.heads * HEAD_CELLS;
  if (i >= u.queries) {
    for (var c = 0u; c < HEAD_CELLS; c++) { dqkv[q + c] = Cell(); }
    return;
  }
  let at = ((image * u.queries + i) * u.heads + head) * HEAD_CELLS;
  let line = (image * u.heads + head) * u.queries + i;
  var product = Cell();
  for (var c = 0u; c < HEAD_CELLS; c++) { product += dout[at + c] * out[at + c]; }
  let own = total(product);
  delta[line] = own;
  let logNorm = lse[line];
  var acc: array<Cell, HEAD_CELLS>;
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
    var e0 = Cell(); var e1 = Cell(); var e2 = Cell(); var e3 = Cell(); var e4 = Cell(); var e5 = Cell(); var e6 = Cell(); var e7 = Cell();
    for (var c = 0u; c < HEAD_CELLS; c++) {
      let qc = qkv[q + c];
      let gc = dout[at + c];
      d0 += qc * qkv[keys + row0 + c];
      e0 += gc * qkv[values + row0 + c];
      d1 += qc * qkv[keys + row1 + c];
      e1 += gc * qkv[values + row1 + c];
      d2 += qc * qkv[keys + row2 + c];
      e2 += gc * qkv[values + row2 + c];
      d3 += qc * qkv[keys + row3 + c];
      e3 += gc * qkv[values + row3 + c];
      d4 += qc * qkv[keys + r4 + c];
      e4 += gc * qkv[values + r4 + c];
      d5 += qc * qkv[keys + r5 + c];
      e5 += gc * qkv[values + r5 + c];
      d6 += qc * qkv[keys + r6 + c];
      e6 += gc * qkv[values + r6 + c];
      d7 += qc * qkv[keys + r7 + c];
      e7 += gc * qkv[values + r7 + c];
    }
    let s0 = slope(j + 0u, image, d0, e0, logNorm, own);
    let s1 = slope(j + 1u, image, d1, e1, logNorm, own);
    let s2 = slope(j + 2u, image, d2, e2, logNorm, own);
    let s3 = slope(j + 3u, image, d3, e3, logNorm, own);
    let s4 = slope(j + 4u, image, d4, e4, logNorm, own);
    let s5 = slope(j + 5u, image, d5, e5, logNorm, own);
    let s6 = slope(j + 6u, image, d6, e6, logNorm, own);
    let s7 = slope(j + 7u, image, d7, e7, logNorm, own);
    for (var c = 0u; c < HEAD_CELLS; c++) {
      var value = acc[c];
      value += s0 * qkv[keys + row0 + c];
      value += s1 * qkv[keys + row1 + c];
      value += s2 * qkv[keys + row2 + c];
      value += s3 * qkv[keys + row3 + c];
      value += s4 * qkv[keys + r4 + c];
      value += s5 * qkv[keys + r5 + c];
      value += s6 * qkv[keys + r6 + c];
      value += s7 * qkv[keys + r7 + c];
      acc[c] = value;
    }
  }
  for (var c = 0u; c < HEAD_CELLS; c++) { dqkv[q + c] = acc[c]; }
}
