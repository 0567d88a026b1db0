// Attention's backward, second pass: the gradients of keys and values, after backward-query.wgsl left delta.
//   p_ij = exp(logit_ij - lse_i)     ds_ij = p_ij (dout_i.v_j - delta_i)
//   dk_j = scale sum_i ds_ij q_i     dv_j = sum_i p_ij dout_i
// shapes: qkv, dqkv [B, N, 3, H, D], size [B, N], dout [B, Q, H, D], lse, delta [B, H, Q]; Q = u.queries tokens asked
// reads qkv, size, dout, lse, delta   writes (=) the k and v parts of dqkv   grid: flat over B x H x N invocations, one key each
struct Uniforms { images: u32, tokens: u32, queries: u32, heads: u32, scale: f32, proportional: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> qkv: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<Cell>;
@group(0) @binding(4) var<storage, read> lse: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<Cell>;


// p_ij of query i; nothing past the last query.
fn probability(i: u32, line: u32, qk: Cell, bias: f32) -> f32 {
  if (i >= u.queries) { return 0.0; }
  return exp(total(qk) * u.scale + bias - lse[line + i]);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = flatIndex(id, groups, 64u);
  let j = index % u.tokens;
  let head = (index / u.tokens) % u.heads;
  let image = index / (u.tokens * u.heads);
  if (image >= u.images) { return; }
  let row = 3u * u.heads * HEAD_CELLS;
  let narrow = u.heads * HEAD_CELLS;
  let asking = image * u.tokens * row + head * HEAD_CELLS;
  let key = asking + j * row + narrow;
  let value = key + narrow;
  let outs = image * u.queries * narrow + head * HEAD_CELLS;
  let line = (image * u.heads + head) * u.queries;
  var bias = 0.0;
  if (u.proportional != 0u) { bias = log(size[image * u.tokens + j]); }
  var dk: array<Cell, HEAD_CELLS>;
  var dv: array<Cell, HEAD_CELLS>;
  for (var i = 0u; i < u.queries; i += 8u) {
    let i0 = min(i + 0u, u.queries - 1u);
    let i1 = min(i + 1u, u.queries - 1u);
    let i2 = min(i + 2u, u.queries - 1u);
    let i3 = min(i + 3u, u.queries - 1u);
    let i4 = min(i + 4u, u.queries - 1u);
    let i5 = min(i + 5u, u.queries - 1u);
    let i6 = min(i + 6u, u.queries - 1u);
    let i7 = min(i + 7u, u.queries - 1u);
    var d0 = Cell(); var d1 = Cell(); var d2 = Cell(); var d3 = Cell(); var d4 = Cell(); var d5 = Cell(); var d6 = Cell(); var d7 = Cell();
    var e0 = Cell(); var e1 = Cell(); var e2 = Cell(); var e3 = Cell(); var e4 = Cell(); var e5 = Cell(); var e6 = Cell(); var e7 = Cell();
    for (var c = 0u; c < HEAD_CELLS; c++) {
      let kc = qkv[key + c];
      let vc = qkv[value + c];
      d0 += kc * qkv[asking + i0 * row + c];
      e0 += vc * dout[outs + i0 * narrow + c];
      d1 += kc * qkv[asking + i1 * row + c];
      e1 += vc * dout[outs + i1 * narrow + c];
      d2 += kc * qkv[asking + i2 * row + c];
      e2 += vc * dout[outs + i2 * narrow + c];
      d3 += kc * qkv[asking + i3 * row + c];
      e3 += vc * dout[outs + i3 * narrow + c];
      d4 += kc * qkv[asking + i4 * row + c];
      e4 += vc * dout[outs + i4 * narrow + c];
      d5 += kc * qkv[asking + i5 * row + c];
      e5 += vc * dout[outs + i5 * narrow + c];
      d6 += kc * qkv[asking + i6 * row + c];
      e6 += vc * dout[outs + i6 * narrow + c];
      d7 += kc * qkv[asking + i7 * row + c];
      e7 += vc * dout[outs + i7 * narrow + c];
    }
    let p0 = probability(i + 0u, line, d0, bias);
    let s0 = p0 * (total(e0) - delta[line + i0]) * u.scale;
    let p1 = probability(i + 1u, line, d1, bias);
    let s1 = p1 * (total(e1) - delta[line + i1]) * u.scale;
    let p2 = probability(i + 2u, line, d2, bias);
    let s2 = p2 * (total(e2) - delta[line + i2]) * u.scale;
    let p3 = probability(i + 3u, line, d3, bias);
    let s3 = p3 * (total(e3) - delta[line + i3]) * u.scale;
    let p4 = probability(i + 4u, line, d4, bias);
    let s4 = p4 * (total(e4) - delta[line + i4]) * u.scale;
    let p5 = probability(i + 5u, line, d5, bias);
    let s5 = p5 * (total(e5) - delta[line + i5]) * u.scale;
    let p6 = probability(i + 6u, line, d6, bias);
    let s6 = p6 * (total(e6) - delta[line + i6]) * u.scale;
    let p7 = probability(i + 7u, line, d7, bias);
    let s7 = p7 * (total(e7) - delta[line + i7]) * u.scale;
    for (var c = 0u; c < HEAD_CELLS; c++) {
      var k = dk[c];
      var v = dv[c];
      k += s0 * qkv[asking + i0 * row + c];
      v += p0 * dout[outs + i0 * narrow + c];
      k += s1 * qkv[asking + i1 * row + c];
      v += p1 * dout[outs + i1 * narrow + c];
      k += s2 * qkv[asking + i2 * row + c];
      v += p2 * dout[outs + i2 * narrow + c];
      k += s3 * qkv[asking + i3 * row + c];
      v += p3 * dout[outs + i3 * narrow + c];
      k += s4 * qkv[asking + i4 * row + c];
      v += p4 * dout[outs + i4 * narrow + c];
      k += s5 * qkv[asking + i5 * row + c];
      v += p5 * dout[outs + i5 * narrow + c];
      k += s6 * qkv[asking + i6 * row + c];
      v += p6 * dout[outs + i6 * narrow + c];
      k += s7 * qkv[asking + i7 * row + c];
      v += p7 * dout[outs + i7 * narrow + c];
      dk[c] = k;
      dv[c] = v;
    }
  }
  for (var c = 0u; c < HEAD_CELLS; c++) {
    dqkv[key + c] = dk[c];
    dqkv[value + c] = dv[c];
  }
}
