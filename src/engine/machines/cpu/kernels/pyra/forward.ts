// PYRA's modulation (arXiv 2403.09192) of the r tokens of an image that merge away.
//   m = x_even size_even + x_odd size_odd;  normalised = (m - mean) rstd;  M = normalised gamma + beta
//   g_D = 2 sigmoid(sum_k a[k] M[k])     g_r[k] = 2 sigmoid(sum_c b[c] M[k, c]) - 1
//   With one half alone (CHANNELS or PAIRS) the other's g is 1, and g_D alone is 2 sigmoid - 1. g_r[k] = 0 from k = trainedPairs on.
//   strength = ||x' - x|| / ||x|| = |g_r| ||x g_D|| / ||x||, and 0 for a token of zeros; sizes cancel
// x [B, N, C], size [B, N] or 0 for ones, pairs [B, r, 2] (even, odd), a [r], b, gamma, beta [C], normalised [B, r, C], rstd [B, r],
// gChannels [B, C], gPairs [B, r], strength [B, r]
// pyraModulation reads x, size, pairs, a, b, gamma, beta; writes (=) normalised, rstd, gChannels, gPairs
// pyraStrength reads x, pairs, gChannels, gPairs; writes (=) strength
import { meanOf, squaresAround } from '../layer-norm';
import { exp, fma, loadSome, splat, storeSome, total } from '../common/vector';

export const CHANNELS = 1;
export const PAIRS = 2;

/** Beyond this the exponential would overflow, and the sigmoid is constant long before. */
const FLAT: f32 = 60;

export function pyraModulation(
  x: usize, size: usize, pairs: usize, a: usize, b: usize, gamma: usize, beta: usize,
  normalised: usize, rstd: usize, gChannels: usize, gPairs: usize,
  images: i32, tokens: i32, channels: i32, r: i32, trainedPairs: i32, epsilon: f32, halves: i32,
): void {
  const stride = <usize>channels << 2;
  for (let image = 0; image < images; image++) {
    const first = image * r;
    const rows = normalised + <usize>first * stride;
    for (let k = 0; k < r; k++) {
      const pair = pairs + (<usize>(first + k) << 3);
      const even = image * tokens + 2 * load<i32>(pair);
      const odd = image * tokens + 2 * load<i32>(pair, 4) + 1;
      const row = rows + <usize>k * stride;
      const weightEven: f32 = size ? load<f32>(size + (<usize>even << 2)) : 1;
      const weightOdd: f32 = size ? load<f32>(size + (<usize>odd << 2)) : 1;
      sumPair(x + <usize>even * stride, weightEven, x + <usize>odd * stride, weightOdd, row, channels);
      const mean = meanOf(row, channels);
      const scale: f32 = 1 / sqrt(squaresAround(row, channels, mean) / <f32>channels + epsilon);
      centre(row, channels, mean, scale);
      store<f32>(rstd + (<usize>(first + k) << 2), scale);
      let g: f32 = k < trainedPairs ? 1 : 0;
      if (k < trainedPairs && halves & PAIRS) g = f32x4.extract_lane(twiceSigmoidLess1(splat(weighted(row, gamma, beta, b, channels))), 0);
      store<f32>(gPairs + (<usize>(first + k) << 2), g);
    }
    channelFactors(rows, gamma, beta, a, gChannels + <usize>image * stride, channels, r, halves);
  }
}

function sumPair(even: usize, weightEven: f32, odd: usize, weightOdd: f32, to: usize, channels: i32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const w = f32x4.mul(loadSome(odd + at, count), splat(weightOdd));
    storeSome(to + at, fma(loadSome(even + at, count), splat(weightEven), w), count);
  }
}

function centre(row: usize, channels: i32, mean: f32, scale: f32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const v = loadSome(row + at, channels - c);
    storeSome(row + at, f32x4.mul(f32x4.sub(v, splat(mean)), splat(scale)), channels - c);
  }
}

/** sum_c (row gamma + beta) b */
function weighted(row: usize, gamma: usize, beta: usize, b: usize, channels: i32): f32 {
  let sum = splat(0);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const m = fma(loadSome(row + at, count), loadSome(gamma + at, count), loadSome(beta + at, count));
    sum = fma(m, loadSome(b + at, count), sum);
  }
  return total(sum);
}

function channelFactors(
  rows: usize, gamma: usize, beta: usize, a: usize, to: usize, channels: i32, r: i32, halves: i32,
): void {
  const stride = <usize>channels << 2;
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    let g = splat(1);
    if (halves & CHANNELS) {
      const scale = loadSome(gamma + at, count);
      const shift = loadSome(beta + at, count);
      let z = splat(0);
      for (let k = 0; k < r; k++) {
        const m = fma(loadSome(rows + <usize>k * stride + at, count), scale, shift);
        z = fma(splat(load<f32>(a + (<usize>k << 2))), m, z);
      }
      g = halves & PAIRS ? twiceSigmoid(z) : twiceSigmoidLess1(z);
    }
    storeSome(to + at, g, count);
  }
}

@inline
function twiceSigmoid(z: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(z, splat(FLAT)), splat(-FLAT));
  return f32x4.div(splat(2), f32x4.add(splat(1), exp(f32x4.neg(within))));
}

/**
 * 2 sigmoid(z) - 1 = tanh(z / 2). Near 0, where training starts, it is computed by its series, since the difference would lose significant
 * digits.
 */
function twiceSigmoidLess1(z: v128): v128 {
  const y = f32x4.mul(z, splat(0.5));
  const s = f32x4.mul(y, y);
  let series = fma(s, splat(-17.0 / 315.0), splat(2.0 / 15.0));
  series = fma(s, series, splat(-1.0 / 3.0));
  series = fma(f32x4.mul(y, s), series, y);
  return v128.bitselect(series, f32x4.sub(twiceSigmoid(z), splat(1)), f32x4.lt(f32x4.abs(z), splat(0.5)));
}

export function pyraStrength(
  x: usize, pairs: usize, gChannels: usize, gPairs: usize, strength: usize,
  images: i32, tokens: i32, channels: i32, r: i32,
): void {
  const stride = <usize>channels << 2;
  for (let image = 0; image < images; image++, gChannels += stride) {
    for (let k = 0; k < r; k++, pairs += 8, gPairs += 4, strength += 4) {
      const row = x + <usize>(image * tokens + 2 * load<i32>(pairs)) * stride;
      let moved = splat(0);
      let whole = splat(0);
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>c << 2;
        const v = loadSome(row + at, channels - c);
        const change = f32x4.mul(v, loadSome(gChannels + at, channels - c));
        whole = fma(v, v, whole);
        moved = fma(change, change, moved);
      }
      const length = total(whole);
      store<f32>(strength, length > 0 ? abs(load<f32>(gPairs)) * sqrt<f32>(total(moved) / max(length, <f32>1e-30)) : 0);
    }
  }
}
