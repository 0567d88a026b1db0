// Gradient of the merge's input. Each input token gathers its own, with PYRA's modulation and the gradient through its LayerNorm.
//   dw = dout[row of n] / outSize[row of n];  dx = weight * (dw * factor + sum over n's pairs, in their order, of dpairSum)
//   weight = size where SIZED, else 1; 0 of a token that merged away where those count nothing (GONE)
//   factor = 1 + g_D[c] * g_r[pair] for a token that merged away under modulation (CHANNELS, PAIRS), else 1
// reads dout [B, N - r, C], pairs [B, r] (even, odd), size [B, N] (SIZED), outSize [B, N - r], gChannels [B, C],
// gPairs [B, r], dpairSum [B, r, C] (PAIR_SUM)   writes (=) dx [B, N, C]
// grid: ceil(B N / ROWS) workgroups of LANES x ROWS; LANES invocations share a token's cells
struct Uniforms { images: u32, tokens: u32, cells: u32, r: u32, protectedTokens: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> dout: array<Cell>;
@group(0) @binding(2) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(3) var<storage, read> size: array<f32>;
@group(0) @binding(4) var<storage, read> outSize: array<f32>;
@group(0) @binding(5) var<storage, read> gChannels: array<Cell>;
@group(0) @binding(6) var<storage, read> gPairs: array<f32>;
@group(0) @binding(7) var<storage, read> dpairSum: array<Cell>;
@group(0) @binding(8) var<storage, read_write> dx: array<Cell>;

override SIZED: bool;
override CHANNELS: bool;
override PAIRS: bool;
override GONE: bool;
override PAIR_SUM: bool;

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let token = (group.y * groups.x + group.x) * ROWS + local.y;
  if (token >= u.images * u.tokens) { return; }
  let image = token / u.tokens;
  let index = (token % u.tokens) / 2u;
  let odd = (token % u.tokens) % 2u == 1u;
  let firstPair = image * u.r;
  let lastPair = firstPair + u.r;
  let staying = (u.tokens + 1u) / 2u - u.r;

  var row = rowOfOdd(index, staying, u.protectedTokens);
  var pair = lastPair;
  if (!odd) {
    var below = 0u;
    for (var k = firstPair; k < lastPair; k++) {
      let even = pairs[k].x;
      if (even == index) { pair = k; }
      below += select(0u, 1u, even < index);
    }
    if (pair < lastPair) { row = rowOfOdd(pairs[pair].y, staying, u.protectedTokens); } else { row = rowOfStaying(index - below, u.protectedTokens); }
  }
  row += image * (u.tokens - u.r);
  var own = 1.0;
  if (SIZED) { own = size[token]; }
  if (GONE && pair < lastPair) { own = 0.0; }
  let scale = own / outSize[row];
  let begin = token * u.cells;

  if (pair < lastPair) {
    var strength = 1.0;
    if (PAIRS) { strength = gPairs[pair]; }
    for (var c = local.x; c < u.cells; c += LANES) {
      var value = dout[row * u.cells + c] * scale;
      if (CHANNELS) { value += value * gChannels[image * u.cells + c] * strength; } else if (PAIRS) { value += value * strength; }
      if (PAIR_SUM) { value += dpairSum[pair * u.cells + c] * own; }
      dx[begin + c] = value;
    }
    return;
  }
  for (var c = local.x; c < u.cells; c += LANES) { dx[begin + c] = dout[row * u.cells + c] * scale; }
  if (PAIR_SUM && odd) {
    for (var k = firstPair; k < lastPair; k++) {
      if (pairs[k].y != index) { continue; }
      for (var c = local.x; c < u.cells; c += LANES) { dx[begin + c] = dx[begin + c] + dpairSum[k * u.cells + c] * own; }
    }
  }
}
