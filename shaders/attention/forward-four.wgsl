// The same as forward.wgsl with four queries and four keys at a time in each invocation: every value that is read serves four
// products, which is what software adapters want. Loops over a head's cells have a bound that the compiler cannot see, since
// unrolling them costs it minutes.
// grid: flat over B x H x ceil(Q / 4) invocations
struct Uniforms { images: u32, tokens: u32, queries: u32, heads: u32, scale: f32, proportional: u32, headCells: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<Cell>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;

override SAVE: bool;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let tiles = (u.queries + 3u) / 4u;
  let begin = 4u * (index % tiles);
  let head = (index / tiles) % u.heads;
  let image = index / (tiles * u.heads);
  if (image >= u.images) { return; }
  let cells = u.headCells;
  let row = 3u * u.heads * HEAD_CELLS;
  let base = image * u.tokens * row + head * HEAD_CELLS;
  let keys = base + u.heads * HEAD_CELLS;
  let values = keys + u.heads * HEAD_CELLS;
  let q0 = base + min(begin + 0u, u.queries - 1u) * row;
  let q1 = base + min(begin + 1u, u.queries - 1u) * row;
  let q2 = base + min(begin + 2u, u.queries - 1u) * row;
  let q3 = base + min(begin + 3u, u.queries - 1u) * row;
  var acc0: array<Cell, HEAD_CELLS>;
  var highest0 = NEVER;
  var norm0 = 0.0;
  var acc1: array<Cell, HEAD_CELLS>;
  var highest1 = NEVER;
  var norm1 = 0.0;
  var acc2: array<Cell, HEAD_CELLS>;
  var highest2 = NEVER;
  var norm2 = 0.0;
  var acc3: array<Cell, HEAD_CELLS>;
  var highest3 = NEVER;
  var norm3 = 0.0;
  for (var j = 0u; j < u.tokens; j += 4u) {
    let row0 = min(j + 0u, u.tokens - 1u) * row;
    let bias0 = bias(j + 0u, image);
    let row1 = min(j + 1u, u.tokens - 1u) * row;
    let bias1 = bias(j + 1u, image);
    let row2 = min(j + 2u, u.tokens - 1u) * row;
    let bias2 = bias(j + 2u, image);
    let row3 = min(j + 3u, u.tokens - 1u) * row;
    let bias3 = bias(j + 3u, image);
    var d00 = Cell(); var d01 = Cell(); var d02 = Cell(); var d03 = Cell();
    var d10 = Cell(); var d11 = Cell(); var d12 = Cell(); var d13 = Cell();
    var d20 = Cell(); var d21 = Cell(); var d22 = Cell(); var d23 = Cell();
    var d30 = Cell(); var d31 = Cell(); var d32 = Cell(); var d33 = Cell();
    for (var c = 0u; c < cells; c++) {
      let k0 = qkv[keys + row0 + c];
      let k1 = qkv[keys + row1 + c];
      let k2 = qkv[keys + row2 + c];
      let k3 = qkv[keys + row3 + c];
      let c0 = qkv[q0 + c];
      d00 += c0 * k0; d01 += c0 * k1; d02 += c0 * k2; d03 += c0 * k3;
      let c1 = qkv[q1 + c];
      d10 += c1 * k0; d11 += c1 * k1; d12 += c1 * k2; d13 += c1 * k3;
      let c2 = qkv[q2 + c];
      d20 += c2 * k0; d21 += c2 * k1; d22 += c2 * k2; d23 += c2 * k3;
      let c3 = qkv[q3 + c];
      d30 += c3 * k0; d31 += c3 * k1; d32 += c3 * k2; d33 += c3 * k3;
    }
    let s00 = total(d00) * u.scale + bias0; let s01 = total(d01) * u.scale + bias1; let s02 = total(d02) * u.scale + bias2; let s03 = total(d03) * u.scale + bias3;
    let top0 = max(highest0, max(max(s00, s01), max(s02, s03)));
    let fade0 = exp(highest0 - top0);
    let p00 = exp(s00 - top0); let p01 = exp(s01 - top0); let p02 = exp(s02 - top0); let p03 = exp(s03 - top0);
    norm0 = norm0 * fade0 + ((p00 + p01) + (p02 + p03));
    highest0 = top0;
    let s10 = total(d10) * u.scale + bias0; let s11 = total(d11) * u.scale + bias1; let s12 = total(d12) * u.scale + bias2; let s13 = total(d13) * u.scale + bias3;
    let top1 = max(highest1, max(max(s10, s11), max(s12, s13)));
    let fade1 = exp(highest1 - top1);
    let p10 = exp(s10 - top1); let p11 = exp(s11 - top1); let p12 = exp(s12 - top1); let p13 = exp(s13 - top1);
    norm1 = norm1 * fade1 + ((p10 + p11) + (p12 + p13));
    highest1 = top1;
    let s20 = total(d20) * u.scale + bias0; let s21 = total(d21) * u.scale + bias1; let s22 = total(d22) * u.scale + bias2; let s23 = total(d23) * u.scale + bias3;
    let top2 = max(highest2, max(max(s20, s21), max(s22, s23)));
    let fade2 = exp(highest2 - top2);
    let p20 = exp(s20 - top2); let p21 = exp(s21 - top2); let p22 = exp(s22 - top2); let p23 = exp(s23 - top2);
    norm2 = norm2 * fade2 + ((p20 + p21) + (p22 + p23));
    highest2 = top2;
    let s30 = total(d30) * u.scale + bias0; let s31 = total(d31) * u.scale + bias1; let s32 = total(d32) * u.scale + bias2; let s33 = total(d33) * u.scale + bias3;
    let top3 = max(highest3, max(max(s30, s31), max(s32, s33)));
    let fade3 = exp(highest3 - top3);
    let p30 = exp(s30 - top3); let p31 = exp(s31 - top3); let p32 = exp(s32 - top3); let p33 = exp(s33 - top3);
    norm3 = norm3 * fade3 + ((p30 + p31) + (p32 + p33));
    highest3 = top3;
    for (var c = 0u; c < cells; c++) {
      let v0 = qkv[values + row0 + c];
      let v1 = qkv[values + row1 + c];
      let v2 = qkv[values + row2 + c];
      let v3 = qkv[values + row3 + c];
      acc0[c] = acc0[c] * fade0 + p00 * v0 + p01 * v1 + p02 * v2 + p03 * v3;
      acc1[c] = acc1[c] * fade1 + p10 * v0 + p11 * v1 + p12 * v2 + p13 * v3;
      acc2[c] = acc2[c] * fade2 + p20 * v0 + p21 * v1 + p22 * v2 + p23 * v3;
      acc3[c] = acc3[c] * fade3 + p30 * v0 + p31 * v1 + p32 * v2 + p33 * v3;
    }
  }
  let width = u.heads * HEAD_CELLS;
  let to = (image * u.queries + begin) * width + head * HEAD_CELLS;
  let line = (image * u.heads + head) * u.queries + begin;
  if (begin + 0u < u.queries) {
    for (var c = 0u; c < cells; c++) { out[to + 0u * width + c] = acc0[c] / norm0; }
    if (SAVE) { lse[line + 0u] = highest0 + log(norm0); }
  }
  if (begin + 1u < u.queries) {
    for (var c = 0u; c < cells; c++) { out[to + 1u * width + c] = acc1[c] / norm1; }
    if (SAVE) { lse[line + 1u] = highest1 + log(norm1); }
  }
  if (begin + 2u < u.queries) {
    for (var c = 0u; c < cells; c++) { out[to + 2u * width + c] = acc2[c] / norm2; }
    if (SAVE) { lse[line + 2u] = highest2 + log(norm2); }
  }
  if (begin + 3u < u.queries) {
    for (var c = 0u; c < cells; c++) { out[to + 3u * width + c] = acc3[c] / norm3; }
    if (SAVE) { lse[line + 3u] = highest3 + log(norm3); }
  }
}
