// The weighted mean of the tokens that go to the same row; a token alone in its row is copied.
//   w = x * weight;  out = (w_odd + sum over its pairs, in their order, of w_even * factor) / outSize,  outSize = sum of weights
//   weight = size where SIZED, else 1; 0 of a token that merges away where those count nothing (GONE)
//   factor = 1 + g_D[c] * g_r[pair], a half that is not there counting as 1 (CHANNELS, PAIRS); 1 where neither is
// reads x [B, N, C], size [B, N] (SIZED), pairs [B, r] (even, odd), originOf [B, N - r], gChannels [B, C], gPairs [B, r]
// writes (=) out [B, N - r, C], outSize [B, N - r]
// grid: ceil(B (N - r) / ROWS) workgroups of LANES x ROWS; LANES invocations share a row's cells
struct Uniforms { images: u32, tokens: u32, cells: u32, r: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(4) var<storage, read> originOf: array<u32>;
@group(0) @binding(5) var<storage, read> gChannels: array<Cell>;
@group(0) @binding(6) var<storage, read> gPairs: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<Cell>;
@group(0) @binding(8) var<storage, read_write> outSize: array<f32>;

override SIZED: bool;
override CHANNELS: bool;
override PAIRS: bool;
override GONE: bool;

fn sizeOf(token: u32) -> f32 {
  if (SIZED) { return size[token]; }
  return 1.0;
}

@compute @workgroup_size(LANES, ROWS)
fn main(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let left = u.tokens - u.r;
  let row = (group.y * groups.x + group.x) * ROWS + local.y;
  if (row >= u.images * left) { return; }
  let image = row / left;
  let origin = originOf[row];
  let keeper = image * u.tokens + origin;
  let own = sizeOf(keeper);
  let begin = row * u.cells;
  var total = own;
  var meets = false;
  if (origin % 2u == 1u) {
    for (var k = image * u.r; k < (image + 1u) * u.r; k++) {
      let pair = pairs[k];
      if (pair.y != origin / 2u) { continue; }
      let even = image * u.tokens + 2u * pair.x;
      var weight = sizeOf(even);
      if (GONE) { weight = 0.0; }
      var strength = 1.0;
      if (PAIRS) { strength = gPairs[k]; }
      for (var c = local.x; c < u.cells; c += LANES) {
        var sum: Cell;
        if (meets) { sum = out[begin + c]; } else { sum = x[keeper * u.cells + c] * own; }
        let source = x[even * u.cells + c] * weight;
        if (CHANNELS) { sum += source + source * gChannels[image * u.cells + c] * strength; }
        else if (PAIRS) { sum += source + source * strength; }
        else { sum += source; }
        out[begin + c] = sum;
      }
      total += weight;
      meets = true;
    }
  }
  for (var c = local.x; c < u.cells; c += LANES) {
    if (meets) { out[begin + c] = out[begin + c] / total; } else { out[begin + c] = x[keeper * u.cells + c]; }
  }
  if (local.x == 0u) { outSize[row] = total; }
}
