// PYRA's two modulations of the tokens that merge away, one picture in each workgroup: LayerNorm of the sum of each pair, and from
// M = normalised * gamma + beta
//   m = x_even * size_even + x_odd * size_odd;  normalised = (m - mean) * rstd
//   g_D = 2 sigmoid(sum over pairs of a * M) [B, C];  g_r = 2 sigmoid(sum over channels of M * b) - 1 [B, r]
// A half that is off (CHANNELS, PAIRS) is written as ones; g_D without the pairs' half is 2 sigmoid(..) - 1, so that zero weights
// leave the tokens as they are. g_r of a pair that was never trained, from `trainedPairs` on in an image's order, is 0.
// reads x [B, N, C], size [B, N] (SIZED, else ones), pairs [B, r] (even, odd), weights: a [r] from element `a` on, b, gamma, beta [C]
// from elements `b`, `gamma`, `beta` on   writes (=) normalised [B, r, C], rstd [B, r], gChannels [B, C], gPairs [B, r]
// grid: B workgroups of LANES x ROWS; LANES invocations share a pair
struct Uniforms { tokens: u32, cells: u32, r: u32, trainedPairs: u32, epsilon: f32, a: u32, b: u32, gamma: u32, beta: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> x: array<Cell>;
@group(0) @binding(2) var<storage, read> size: array<f32>;
@group(0) @binding(3) var<storage, read> pairs: array<vec2u>;
@group(0) @binding(4) var<storage, read> weights: array<Cell>;
@group(0) @binding(5) var<storage, read_write> normalised: array<Cell>;
@group(0) @binding(6) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(7) var<storage, read_write> gChannels: array<Cell>;
@group(0) @binding(8) var<storage, read_write> gPairs: array<f32>;

override SIZED: bool;
override CHANNELS: bool;
override PAIRS: bool;

// Beyond this the exponential would overflow, and the sigmoid is constant long before.
const FLAT = 60.0;

// 2 sigmoid(z) - 1 = tanh(z / 2). Near 0, where training starts, it is computed by its series, since the difference would lose significant
// digits.
fn twiceSigmoidLess1(z: f32) -> f32 {
  let y = 0.5 * z;
  let s = y * y;
  let series = y * (1.0 + s * (-1.0 / 3.0 + s * (2.0 / 15.0 + s * (-17.0 / 315.0))));
  return select(2.0 / (1.0 + exp(-clamp(z, -FLAT, FLAT))) - 1.0, series, abs(z) < 0.5);
}

// A weight begins at a whole cell, since each begins at a whole group of parameters.
fn affine(value: Cell, cell: u32) -> Cell { return value * weights[u.gamma / CELL + cell] + weights[u.beta / CELL + cell]; }

fn modulatePairs(image: u32, local: vec3u) {
  let channels = f32(u.cells * CELL);
  for (var first = 0u; first < u.r; first += ROWS) {
    let live = first + local.y < u.r;
    let k = min(first + local.y, u.r - 1u);
    let pair = image * u.r + k;
    let even = image * u.tokens + 2u * pairs[pair].x;
    let odd = image * u.tokens + 2u * pairs[pair].y + 1u;
    var sizes = vec2f(1.0);
    if (SIZED) { sizes = vec2f(size[even], size[odd]); }
    let begin = pair * u.cells;
    var sum = 0.0;
    for (var c = local.x; c < u.cells; c += LANES) {
      let m = x[even * u.cells + c] * sizes.x + x[odd * u.cells + c] * sizes.y;
      if (live) { normalised[begin + c] = m; }
      sum += total(m);
    }
    let mean = laneSum(sum, local) / channels;
    var squares = 0.0;
    if (live) {
      for (var c = local.x; c < u.cells; c += LANES) {
        let centred = normalised[begin + c] - mean;
        squares += total(centred * centred);
      }
    }
    let scale = inverseSqrt(laneSum(squares, local) / channels + u.epsilon);
    var logit = 0.0;
    if (live) {
      for (var c = local.x; c < u.cells; c += LANES) {
        let value = (normalised[begin + c] - mean) * scale;
        normalised[begin + c] = value;
        if (PAIRS) { logit += total(affine(value, c) * weights[u.b / CELL + c]); }
      }
    }
    if (PAIRS) { logit = laneSum(logit, local); }
    if (live && local.x == 0u) {
      rstd[pair] = scale;
      gPairs[pair] = select(0.0, select(1.0, twiceSigmoidLess1(logit), PAIRS), k < u.trainedPairs);
    }
  }
}

fn modulateChannels(image: u32, index: u32) {
  for (var cell = index; cell < u.cells; cell += LANES * ROWS) {
    var g = Cell(1.0);
    if (CHANNELS) {
      var z = Cell(0.0);
      for (var k = 0u; k < u.r; k++) {
        let at = u.a + k;
        z += element(weights[at / CELL], at % CELL) * affine(normalised[(image * u.r + k) * u.cells + cell], cell);
      }
      g = 2.0 / (1.0 + exp(-clamp(z, Cell(-FLAT), Cell(FLAT))));
      if (!PAIRS) { g -= 1.0; }
    }
    gChannels[image * u.cells + cell] = g;
  }
}

@compute @workgroup_size(LANES, ROWS)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  modulatePairs(group.x, local);
  storageBarrier();
  modulateChannels(group.x, index);
}
