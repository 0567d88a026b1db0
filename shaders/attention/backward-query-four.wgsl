// The same as backward-query.wgsl with four queries and four keys at a time in each invocation, for software adapters.
// grid: flat over B x H x ceil(N / 4) invocations
struct Uniforms { images: u32, tokens: u32, queries: u32, heads: u32, scale: f32, proportional: u32, headCells: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> out: array<Cell>;
@group(0) @binding(4) var<storage, read> dout: array<Cell>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dqkv: array<Cell>;

fn rowProduct(at: u32, cells: u32) -> f32 {
  var product = Cell();
  for (var c = 0u; c < cells; c++) { product += dout[at + c] * out[at + c]; }
  return total(product);
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
  let base = image * u.tokens * row + head * HEAD_CELLS;
  let keys = base + narrow;
  let values = keys + narrow;
  let outs = image * u.queries * narrow + head * HEAD_CELLS;
  let line = (image * u.heads + head) * u.queries;
  let i0 = min(begin + 0u, u.queries - 1u);
  let q0 = base + min(begin + 0u, u.tokens - 1u) * row;
  let g0 = outs + i0 * narrow;
  let own0 = rowProduct(g0, cells);
  let norm0 = lse[line + i0];
  var acc0: array<Cell, HEAD_CELLS>;
  let i1 = min(begin + 1u, u.queries - 1u);
  let q1 = base + min(begin + 1u, u.tokens - 1u) * row;
  let g1 = outs + i1 * narrow;
  let own1 = rowProduct(g1, cells);
  let norm1 = lse[line + i1];
  var acc1: array<Cell, HEAD_CELLS>;
  let i2 = min(begin + 2u, u.queries - 1u);
  let q2 = base + min(begin + 2u, u.tokens - 1u) * row;
  let g2 = outs + i2 * narrow;
  let own2 = rowProduct(g2, cells);
  let norm2 = lse[line + i2];
  var acc2: array<Cell, HEAD_CELLS>;
  let i3 = min(begin + 3u, u.queries - 1u);
  let q3 = base + min(begin + 3u, u.tokens - 1u) * row;
  let g3 = outs + i3 * narrow;
  let own3 = rowProduct(g3, cells);
  let norm3 = lse[line + i3];
  var acc3: array<Cell, HEAD_CELLS>;
  if (begin + 0u < u.queries) { delta[line + i0] = own0; }
  if (begin + 1u < u.queries) { delta[line + i1] = own1; }
  if (begin + 2u < u.queries) { delta[line + i2] = own2; }
  if (begin + 3u < u.queries) { delta[line + i3] = own3; }
  // Tokens that did not ask are only cleared.
  let keyCount = select(0u, u.tokens, begin < u.queries);
  for (var j = 0u; j < keyCount; j += 4u) {
    let row0 = min(j + 0u, u.tokens - 1u) * row;
    let bias0 = bias(j + 0u, image);
    let row1 = min(j + 1u, u.tokens - 1u) * row;
    let bias1 = bias(j + 1u, image);
    let row2 = min(j + 2u, u.tokens - 1u) * row;
    let bias2 = bias(j + 2u, image);
    let row3 = min(j + 3u, u.tokens - 1u) * row;
    let bias3 = bias(j + 3u, image);
    var d00 = Cell(); var e00 = Cell(); var d01 = Cell(); var e01 = Cell(); var d02 = Cell(); var e02 = Cell(); var d03 = Cell(); var e03 = Cell();
    var d10 = Cell(); var e10 = Cell(); var d11 = Cell(); var e11 = Cell(); var d12 = Cell(); var e12 = Cell(); var d13 = Cell(); var e13 = Cell();
    var d20 = Cell(); var e20 = Cell(); var d21 = Cell(); var e21 = Cell(); var d22 = Cell(); var e22 = Cell(); var d23 = Cell(); var e23 = Cell();
    var d30 = Cell(); var e30 = Cell(); var d31 = Cell(); var e31 = Cell(); var d32 = Cell(); var e32 = Cell(); var d33 = Cell(); var e33 = Cell();
    for (var c = 0u; c < cells; c++) {
      let k0 = qkv[keys + row0 + c];
      let v0 = qkv[values + row0 + c];
      let k1 = qkv[keys + row1 + c];
      let v1 = qkv[values + row1 + c];
      let k2 = qkv[keys + row2 + c];
      let v2 = qkv[values + row2 + c];
      let k3 = qkv[keys + row3 + c];
      let v3 = qkv[values + row3 + c];
      let c0 = qkv[q0 + c];
      d00 += c0 * k0; d01 += c0 * k1; d02 += c0 * k2; d03 += c0 * k3;
      let h0 = dout[g0 + c];
      e00 += h0 * v0; e01 += h0 * v1; e02 += h0 * v2; e03 += h0 * v3;
      let c1 = qkv[q1 + c];
      d10 += c1 * k0; d11 += c1 * k1; d12 += c1 * k2; d13 += c1 * k3;
      let h1 = dout[g1 + c];
      e10 += h1 * v0; e11 += h1 * v1; e12 += h1 * v2; e13 += h1 * v3;
      let c2 = qkv[q2 + c];
      d20 += c2 * k0; d21 += c2 * k1; d22 += c2 * k2; d23 += c2 * k3;
      let h2 = dout[g2 + c];
      e20 += h2 * v0; e21 += h2 * v1; e22 += h2 * v2; e23 += h2 * v3;
      let c3 = qkv[q3 + c];
      d30 += c3 * k0; d31 += c3 * k1; d32 += c3 * k2; d33 += c3 * k3;
      let h3 = dout[g3 + c];
      e30 += h3 * v0; e31 += h3 * v1; e32 += h3 * v2; e33 += h3 * v3;
    }
    let s00 = exp(total(d00) * u.scale + bias0 - norm0) * (total(e00) - own0) * u.scale;
    let s01 = exp(total(d01) * u.scale + bias1 - norm0) * (total(e01) - own0) * u.scale;
    let s02 = exp(total(d02) * u.scale + bias2 - norm0) * (total(e02) - own0) * u.scale;
    let s03 = exp(total(d03) * u.scale + bias3 - norm0) * (total(e03) - own0) * u.scale;
    let s10 = exp(total(d10) * u.scale + bias0 - norm1) * (total(e10) - own1) * u.scale;
    let s11 = exp(total(d11) * u.scale + bias1 - norm1) * (total(e11) - own1) * u.scale;
    let s12 = exp(total(d12) * u.scale + bias2 - norm1) * (total(e12) - own1) * u.scale;
    let s13 = exp(total(d13) * u.scale + bias3 - norm1) * (total(e13) - own1) * u.scale;
    let s20 = exp(total(d20) * u.scale + bias0 - norm2) * (total(e20) - own2) * u.scale;
    let s21 = exp(total(d21) * u.scale + bias1 - norm2) * (total(e21) - own2) * u.scale;
    let s22 = exp(total(d22) * u.scale + bias2 - norm2) * (total(e22) - own2) * u.scale;
    let s23 = exp(total(d23) * u.scale + bias3 - norm2) * (total(e23) - own2) * u.scale;
    let s30 = exp(total(d30) * u.scale + bias0 - norm3) * (total(e30) - own3) * u.scale;
    let s31 = exp(total(d31) * u.scale + bias1 - norm3) * (total(e31) - own3) * u.scale;
    let s32 = exp(total(d32) * u.scale + bias2 - norm3) * (total(e32) - own3) * u.scale;
    let s33 = exp(total(d33) * u.scale + bias3 - norm3) * (total(e33) - own3) * u.scale;
    for (var c = 0u; c < cells; c++) {
      let k0 = qkv[keys + row0 + c];
      let k1 = qkv[keys + row1 + c];
      let k2 = qkv[keys + row2 + c];
      let k3 = qkv[keys + row3 + c];
      acc0[c] += s00 * k0 + s01 * k1 + s02 * k2 + s03 * k3;
      acc1[c] += s10 * k0 + s11 * k1 + s12 * k2 + s13 * k3;
      acc2[c] += s20 * k0 + s21 * k1 + s22 * k2 + s23 * k3;
      acc3[c] += s30 * k0 + s31 * k1 + s32 * k2 + s33 * k3;
    }
  }
  if (begin + 0u < u.tokens) { for (var c = 0u; c < cells; c++) { dqkv[q0 + c] = select(Cell(), acc0[c], begin + 0u < u.queries); } }
  if (begin + 1u < u.tokens) { for (var c = 0u; c < cells; c++) { dqkv[q1 + c] = select(Cell(), acc1[c], begin + 1u < u.queries); } }
  if (begin + 2u < u.tokens) { for (var c = 0u; c < cells; c++) { dqkv[q2 + c] = select(Cell(), acc2[c], begin + 2u < u.queries); } }
  if (begin + 3u < u.tokens) { for (var c = 0u; c < cells; c++) { dqkv[q3 + c] = select(Cell(), acc3[c], begin + 3u < u.queries); } }
}
