// The same as backward-key-value.wgsl with four keys and four queries at a time in each invocation, for software adapters.
// grid: flat over B x H x ceil(N / 4) invocations
struct Uniforms { images: u32, tokens: u32, queries: u32, heads: u32, scale: f32, proportional: u32, headCells: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<Cell>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<Cell>;

const FAR = 3.0e38;

// lse of query i, or what makes its probabilities zero past the last query.
fn normOf(i: u32, line: u32) -> f32 {
  if (i >= u.queries) { return FAR; }
  return lse[line + i];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let tiles = (u.tokens + 3u) / 4u;
  let begin = 4u * (index % tiles);
  let head = (index / tiles) % u.heads;
  let image = index / (tiles * u.heads);
  if (image >= u.images) { return; }
  let cells = u.headCells;
  let row = 3u * u.heads * HEAD_CELLS;
  let narrow = u.heads * HEAD_CELLS;
  let asking = image * u.tokens * row + head * HEAD_CELLS;
  let outs = image * u.queries * narrow + head * HEAD_CELLS;
  let line = (image * u.heads + head) * u.queries;
  let j0 = min(begin + 0u, u.tokens - 1u);
  let k0 = asking + j0 * row + narrow;
  let v0 = k0 + narrow;
  let bias0 = bias(j0, image);
  var dk0: array<Cell, HEAD_CELLS>;
  var dv0: array<Cell, HEAD_CELLS>;
  let j1 = min(begin + 1u, u.tokens - 1u);
  let k1 = asking + j1 * row + narrow;
  let v1 = k1 + narrow;
  let bias1 = bias(j1, image);
  var dk1: array<Cell, HEAD_CELLS>;
  var dv1: array<Cell, HEAD_CELLS>;
  let j2 = min(begin + 2u, u.tokens - 1u);
  let k2 = asking + j2 * row + narrow;
  let v2 = k2 + narrow;
  let bias2 = bias(j2, image);
  var dk2: array<Cell, HEAD_CELLS>;
  var dv2: array<Cell, HEAD_CELLS>;
  let j3 = min(begin + 3u, u.tokens - 1u);
  let k3 = asking + j3 * row + narrow;
  let v3 = k3 + narrow;
  let bias3 = bias(j3, image);
  var dk3: array<Cell, HEAD_CELLS>;
  var dv3: array<Cell, HEAD_CELLS>;
  for (var i = 0u; i < u.queries; i += 4u) {
    let i0 = min(i + 0u, u.queries - 1u);
    let q0 = asking + i0 * row;
    let g0 = outs + i0 * narrow;
    let norm0 = normOf(i + 0u, line);
    let own0 = delta[line + i0];
    let i1 = min(i + 1u, u.queries - 1u);
    let q1 = asking + i1 * row;
    let g1 = outs + i1 * narrow;
    let norm1 = normOf(i + 1u, line);
    let own1 = delta[line + i1];
    let i2 = min(i + 2u, u.queries - 1u);
    let q2 = asking + i2 * row;
    let g2 = outs + i2 * narrow;
    let norm2 = normOf(i + 2u, line);
    let own2 = delta[line + i2];
    let i3 = min(i + 3u, u.queries - 1u);
    let q3 = asking + i3 * row;
    let g3 = outs + i3 * narrow;
    let norm3 = normOf(i + 3u, line);
    let own3 = delta[line + i3];
    var d00 = Cell(); var e00 = Cell(); var d01 = Cell(); var e01 = Cell(); var d02 = Cell(); var e02 = Cell(); var d03 = Cell(); var e03 = Cell();
    var d10 = Cell(); var e10 = Cell(); var d11 = Cell(); var e11 = Cell(); var d12 = Cell(); var e12 = Cell(); var d13 = Cell(); var e13 = Cell();
    var d20 = Cell(); var e20 = Cell(); var d21 = Cell(); var e21 = Cell(); var d22 = Cell(); var e22 = Cell(); var d23 = Cell(); var e23 = Cell();
    var d30 = Cell(); var e30 = Cell(); var d31 = Cell(); var e31 = Cell(); var d32 = Cell(); var e32 = Cell(); var d33 = Cell(); var e33 = Cell();
    for (var c = 0u; c < cells; c++) {
      let x0 = qkv[q0 + c];
      let y0 = dout[g0 + c];
      let x1 = qkv[q1 + c];
      let y1 = dout[g1 + c];
      let x2 = qkv[q2 + c];
      let y2 = dout[g2 + c];
      let x3 = qkv[q3 + c];
      let y3 = dout[g3 + c];
      let key0 = qkv[k0 + c];
      d00 += key0 * x0; d01 += key0 * x1; d02 += key0 * x2; d03 += key0 * x3;
      let value0 = qkv[v0 + c];
      e00 += value0 * y0; e01 += value0 * y1; e02 += value0 * y2; e03 += value0 * y3;
      let key1 = qkv[k1 + c];
      d10 += key1 * x0; d11 += key1 * x1; d12 += key1 * x2; d13 += key1 * x3;
      let value1 = qkv[v1 + c];
      e10 += value1 * y0; e11 += value1 * y1; e12 += value1 * y2; e13 += value1 * y3;
      let key2 = qkv[k2 + c];
      d20 += key2 * x0; d21 += key2 * x1; d22 += key2 * x2; d23 += key2 * x3;
      let value2 = qkv[v2 + c];
      e20 += value2 * y0; e21 += value2 * y1; e22 += value2 * y2; e23 += value2 * y3;
      let key3 = qkv[k3 + c];
      d30 += key3 * x0; d31 += key3 * x1; d32 += key3 * x2; d33 += key3 * x3;
      let value3 = qkv[v3 + c];
      e30 += value3 * y0; e31 += value3 * y1; e32 += value3 * y2; e33 += value3 * y3;
    }
    let p00 = exp(total(d00) * u.scale + bias0 - norm0);
    let s00 = p00 * (total(e00) - own0) * u.scale;
    let p01 = exp(total(d01) * u.scale + bias0 - norm1);
    let s01 = p01 * (total(e01) - own1) * u.scale;
    let p02 = exp(total(d02) * u.scale + bias0 - norm2);
    let s02 = p02 * (total(e02) - own2) * u.scale;
    let p03 = exp(total(d03) * u.scale + bias0 - norm3);
    let s03 = p03 * (total(e03) - own3) * u.scale;
    let p10 = exp(total(d10) * u.scale + bias1 - norm0);
    let s10 = p10 * (total(e10) - own0) * u.scale;
    let p11 = exp(total(d11) * u.scale + bias1 - norm1);
    let s11 = p11 * (total(e11) - own1) * u.scale;
    let p12 = exp(total(d12) * u.scale + bias1 - norm2);
    let s12 = p12 * (total(e12) - own2) * u.scale;
    let p13 = exp(total(d13) * u.scale + bias1 - norm3);
    let s13 = p13 * (total(e13) - own3) * u.scale;
    let p20 = exp(total(d20) * u.scale + bias2 - norm0);
    let s20 = p20 * (total(e20) - own0) * u.scale;
    let p21 = exp(total(d21) * u.scale + bias2 - norm1);
    let s21 = p21 * (total(e21) - own1) * u.scale;
    let p22 = exp(total(d22) * u.scale + bias2 - norm2);
    let s22 = p22 * (total(e22) - own2) * u.scale;
    let p23 = exp(total(d23) * u.scale + bias2 - norm3);
    let s23 = p23 * (total(e23) - own3) * u.scale;
    let p30 = exp(total(d30) * u.scale + bias3 - norm0);
    let s30 = p30 * (total(e30) - own0) * u.scale;
    let p31 = exp(total(d31) * u.scale + bias3 - norm1);
    let s31 = p31 * (total(e31) - own1) * u.scale;
    let p32 = exp(total(d32) * u.scale + bias3 - norm2);
    let s32 = p32 * (total(e32) - own2) * u.scale;
    let p33 = exp(total(d33) * u.scale + bias3 - norm3);
    let s33 = p33 * (total(e33) - own3) * u.scale;
    for (var c = 0u; c < cells; c++) {
      let x0 = qkv[q0 + c];
      let y0 = dout[g0 + c];
      let x1 = qkv[q1 + c];
      let y1 = dout[g1 + c];
      let x2 = qkv[q2 + c];
      let y2 = dout[g2 + c];
      let x3 = qkv[q3 + c];
      let y3 = dout[g3 + c];
      dk0[c] += s00 * x0 + s01 * x1 + s02 * x2 + s03 * x3;
      dv0[c] += p00 * y0 + p01 * y1 + p02 * y2 + p03 * y3;
      dk1[c] += s10 * x0 + s11 * x1 + s12 * x2 + s13 * x3;
      dv1[c] += p10 * y0 + p11 * y1 + p12 * y2 + p13 * y3;
      dk2[c] += s20 * x0 + s21 * x1 + s22 * x2 + s23 * x3;
      dv2[c] += p20 * y0 + p21 * y1 + p22 * y2 + p23 * y3;
      dk3[c] += s30 * x0 + s31 * x1 + s32 * x2 + s33 * x3;
      dv3[c] += p30 * y0 + p31 * y1 + p32 * y2 + p33 * y3;
    }
  }
  if (begin + 0u < u.tokens) {
    for (var c = 0u; c < cells; c++) {
      dqkv[k0 + c] = dk0[c];
      dqkv[v0 + c] = dv0[c];
    }
  }
  if (begin + 1u < u.tokens) {
    for (var c = 0u; c < cells; c++) {
      dqkv[k1 + c] = dk1[c];
      dqkv[v1 + c] = dv1[c];
    }
  }
  if (begin + 2u < u.tokens) {
    for (var c = 0u; c < cells; c++) {
      dqkv[k2 + c] = dk2[c];
      dqkv[v2 + c] = dv2[c];
    }
  }
  if (begin + 3u < u.tokens) {
    for (var c = 0u; c < cells; c++) {
      dqkv[k3 + c] = dk3[c];
      dqkv[v3 + c] = dv3[c];
    }
  }
}
