// PYRA's backward, 2 of 3, a picture in each workgroup: through the sigmoids, the image's sums over its pairs, and then through the
// LayerNorm of each pair.
//   dz_r = dg_r (1 - g_r^2) / 2 (PAIRS, else 0; 0 of a pair from `trainedPairs` on, whose g_r is 0)
//   dz_D = (sum over pairs of u * g_r) * g_D (1 - g_D / 2) (CHANNELS, else 0); without PAIRS gChannels is g_D - 1, its factor (1 - g^2) / 2
//   s_a = sum a * normalised, s_r = sum dz_r * normalised, s = sum dz_r, over the image's pairs
//   dm = a * dz_D + dz_r * b;  g = dm * gamma
//   dpairSum = rstd * (g - mean_c(g) - normalised * mean_c(g * normalised)): the gradient of x_even * size_even and of x_odd * size_odd
//   a pair's share of da = sum over channels of dz_D * (normalised * gamma + beta)
// reads terms [B, r, C / CELL + 1], gChannels [B, C], gPairs [B, r], weights: a [r] from element `a` on, b, gamma, beta [C] from elements
// `b`, `gamma`, `beta` on, normalised [B, r, C], rstd [B, r]
// writes (=) sums, of each image in cells: dz_D, dz_D * s_a, s_r, gamma * s_r + beta * s (C / CELL each), s (1), dz_r (r), and the shares
// of da (r, in every element of a cell); dpairSum [B, r, C]
// grid: B workgroups of LANES x ROWS; LANES invocations share a pair
struct Uniforms { cells: u32, r: u32, trainedPairs: u32, a: u32, b: u32, gamma: u32, beta: u32 }
@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var<storage, read> terms: array<Cell>;
@group(0) @binding(2) var<storage, read> gChannels: array<Cell>;
@group(0) @binding(3) var<storage, read> gPairs: array<f32>;
@group(0) @binding(4) var<storage, read> weights: array<Cell>;
@group(0) @binding(5) var<storage, read> normalised: array<Cell>;
@group(0) @binding(6) var<storage, read> rstd: array<f32>;
@group(0) @binding(7) var<storage, read_write> sums: array<Cell>;
@group(0) @binding(8) var<storage, read_write> dpairSum: array<Cell>;

override CHANNELS: bool;
override PAIRS: bool;

fn weightOf(k: u32) -> f32 { return element(weights[(u.a + k) / CELL], (u.a + k) % CELL); }

fn pairLogitGradient(pair: u32) -> Cell {
  if (!PAIRS || pair % u.r >= u.trainedPairs) { return Cell(0.0); }
  let g = gPairs[pair];
  return terms[pair * (u.cells + 1u) + u.cells] * (0.5 * (1.0 - g * g));
}

fn sumPairs(image: u32, index: u32) {
  let begin = image * sumsLength(u.cells, u.r);
  for (var cell = index; cell < u.cells; cell += LANES * ROWS) {
    var dg = Cell(0.0);
    var sa = Cell(0.0);
    var sr = Cell(0.0);
    var s = Cell(0.0);
    for (var k = 0u; k < u.r; k++) {
      let pair = image * u.r + k;
      let value = normalised[pair * u.cells + cell];
      let dz = pairLogitGradient(pair);
      dg += terms[pair * (u.cells + 1u) + cell] * gPairs[pair];
      sa += value * weightOf(k);
      sr += value * dz;
      s += dz;
    }
    var dz = Cell(0.0);
    if (CHANNELS) {
      let g = gChannels[image * u.cells + cell];
      if (PAIRS) { dz = dg * g * (1.0 - 0.5 * g); } else { dz = dg * 0.5 * (1.0 - g * g); }
    }
    sums[begin + cell] = dz;
    sums[begin + u.cells + cell] = dz * sa;
    sums[begin + 2u * u.cells + cell] = sr;
    sums[begin + 3u * u.cells + cell] = weights[u.gamma / CELL + cell] * sr + weights[u.beta / CELL + cell] * s;
    if (cell == 0u) { sums[begin + 4u * u.cells] = s; }
  }
  for (var k = index; k < u.r; k += LANES * ROWS) {
    sums[begin + pairLogits(u.cells) + k] = pairLogitGradient(image * u.r + k);
  }
}

fn throughNorms(image: u32, local: vec3u) {
  let channels = f32(u.cells * CELL);
  let imageSums = image * sumsLength(u.cells, u.r);
  for (var first = 0u; first < u.r; first += ROWS) {
    let live = first + local.y < u.r;
    let k = min(first + local.y, u.r - 1u);
    let pair = image * u.r + k;
    let weight = weightOf(k);
    let dz = sums[imageSums + pairLogits(u.cells) + k];
    let begin = pair * u.cells;
    var sum = 0.0;
    var product = 0.0;
    var share = 0.0;
    for (var c = local.x; c < u.cells; c += LANES) {
      let value = normalised[begin + c];
      let channel = sums[imageSums + c];
      let gamma = weights[u.gamma / CELL + c];
      let g = (weight * channel + dz * weights[u.b / CELL + c]) * gamma;
      sum += total(g);
      product += total(g * value);
      share += total(channel * (value * gamma + weights[u.beta / CELL + c]));
    }
    let mean = laneSum(sum, local) / channels;
    let meanProduct = laneSum(product, local) / channels;
    let shareSum = laneSum(share, local);
    if (live) {
      let scale = rstd[pair];
      for (var c = local.x; c < u.cells; c += LANES) {
        let g = (weight * sums[imageSums + c] + dz * weights[u.b / CELL + c]) * weights[u.gamma / CELL + c];
        dpairSum[begin + c] = scale * (g - mean - normalised[begin + c] * meanProduct);
      }
      if (local.x == 0u) { sums[imageSums + pairShares(u.cells, u.r) + k] = Cell(shareSum); }
    }
  }
}

@compute @workgroup_size(LANES, ROWS)
fn main(
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  sumPairs(group.x, index);
  storageBarrier();
  throughNorms(group.x, local);
}
