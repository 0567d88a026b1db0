// Gradients of PYRA's weights, summed over images in order, and of its LayerNorm's input. The gradient of a token that merges away
// through the modulation itself is part of mergeBackward.
//   u = (dout[row] / outSize[row]) x_even size_even, row = the pair's row after the merge
//   dg_r = sum_c u g_D, dz_r = dg_r (1 - g_r^2) / 2 (PAIRS, else 0; 0 from k = trainedPairs on)
//   dg_D = sum_k u g_r, dz_D = dg_D g_D (1 - g_D / 2) (CHANNELS, else 0); without PAIRS, where gChannels is g_D - 1, (1 - g^2) / 2
//   dm = a dz_D + dz_r b;  da = sum_c dz_D M;  db = sum_k dz_r M;  dgamma = sum_k dm normalised;  dbeta = sum_k dm
//   g = dm gamma;  dpairSum = rstd (g - mean_c(g) - normalised mean_c(g normalised)): of x_even size_even and of x_odd size_odd
// dout [B, N - r, C], outSize [B, N - r], x [B, N, C], size [B, N] or 0 for ones, pairs [B, r, 2], rowOf [B, N], a [r], b, gamma,
// beta [C], normalised [B, r, C], rstd, gPairs [B, r], gChannels [B, C]
// reads all of them   writes (=) dpairSum [B, r, C], da [r], db, dgamma, dbeta [C]   scratch: pyraBackwardScratch(C, r) bytes
import { CHANNELS, PAIRS } from './forward';
import { fma, loadSome, splat, storeSome, total } from '../common/vector';

/** The bytes of scratch memory: dz_D of an image's channels, and dz_r of its pairs. */
export function pyraBackwardScratch(channels: i32, r: i32): usize { return <usize>(channels + r + 4) << 2; }

export function pyraBackward(
  dout: usize, outSize: usize, x: usize, size: usize, pairs: usize, rowOf: usize, a: usize, b: usize, gamma: usize, beta: usize,
  normalised: usize, rstd: usize, gChannels: usize, gPairs: usize,
  dpairSum: usize, da: usize, db: usize, dgamma: usize, dbeta: usize,
  images: i32, tokens: i32, channels: i32, r: i32, trainedPairs: i32, halves: i32, scratch: usize,
): void {
  const stride = <usize>channels << 2;
  const dzPairs = scratch + stride;
  memory.fill(da, 0, <usize>r << 2);
  memory.fill(db, 0, stride);
  memory.fill(dgamma, 0, stride);
  memory.fill(dbeta, 0, stride);
  for (let image = 0; image < images; image++) {
    memory.fill(scratch, 0, stride);
    for (let k = 0; k < r; k++) {
      const pair = image * r + k;
      const even = image * tokens + 2 * load<i32>(pairs + (<usize>pair << 3));
      const row = image * (tokens - r) + load<i32>(rowOf + (<usize>even << 2));
      let weight: f32 = 1 / load<f32>(outSize + (<usize>row << 2));
      if (size) weight *= load<f32>(size + (<usize>even << 2));
      const g = load<f32>(gPairs + (<usize>pair << 2));
      const sum = terms(dout + <usize>row * stride, x + <usize>even * stride, weight, gChannels, g, scratch, channels);
      const learns = k < trainedPairs && (halves & PAIRS) != 0;
      store<f32>(dzPairs + (<usize>k << 2), learns ? sum * (<f32>0.5 * (1 - g * g)) : 0);
    }
    throughSigmoid(scratch, gChannels, channels, halves);
    for (let k = 0; k < r; k++) {
      const pair = image * r + k;
      const weight = load<f32>(a + (<usize>k << 2));
      const dz = load<f32>(dzPairs + (<usize>k << 2));
      const row = normalised + <usize>pair * stride;
      const share = weightSums(row, scratch, weight, dz, b, gamma, beta, db, dgamma, dbeta, channels);
      store<f32>(da + (<usize>k << 2), load<f32>(da + (<usize>k << 2)) + share);
      const scale = load<f32>(rstd + (<usize>pair << 2));
      throughNorm(row, scratch, weight, dz, b, gamma, scale, dpairSum + <usize>pair * stride, channels);
    }
    gChannels += stride;
  }
}

/** dgD += u g_r; returns sum_c u g_D. */
function terms(dout: usize, x: usize, weight: f32, gChannels: usize, gPair: f32, dgD: usize, channels: i32): f32 {
  let sum = splat(0);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const u = f32x4.mul(f32x4.mul(loadSome(dout + at, count), loadSome(x + at, count)), splat(weight));
    sum = fma(u, loadSome(gChannels + at, count), sum);
    storeSome(dgD + at, fma(u, splat(gPair), loadSome(dgD + at, count)), count);
  }
  return total(sum);
}

/** Turns dg_D into dz_D, in place. */
function throughSigmoid(dgD: usize, gChannels: usize, channels: i32, halves: i32): void {
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const g = loadSome(gChannels + at, count);
    let slope = splat(0);
    if (halves & CHANNELS) {
      slope = halves & PAIRS
        ? f32x4.mul(g, f32x4.sub(splat(1), f32x4.mul(splat(0.5), g)))
        : f32x4.mul(splat(0.5), f32x4.sub(splat(1), f32x4.mul(g, g)));
    }
    storeSome(dgD + at, f32x4.mul(loadSome(dgD + at, count), slope), count);
  }
}

/** A pair's part of db, dgamma and dbeta; returns its part of da. */
function weightSums(
  row: usize, dzD: usize, weight: f32, dzR: f32, b: usize, gamma: usize, beta: usize, db: usize, dgamma: usize, dbeta: usize,
  channels: i32,
): f32 {
  let share = splat(0);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const value = loadSome(row + at, count);
    const dz = loadSome(dzD + at, count);
    const m = fma(value, loadSome(gamma + at, count), loadSome(beta + at, count));
    const dm = fma(splat(weight), dz, f32x4.mul(splat(dzR), loadSome(b + at, count)));
    share = fma(dz, m, share);
    storeSome(db + at, fma(splat(dzR), m, loadSome(db + at, count)), count);
    storeSome(dgamma + at, fma(dm, value, loadSome(dgamma + at, count)), count);
    storeSome(dbeta + at, f32x4.add(dm, loadSome(dbeta + at, count)), count);
  }
  return total(share);
}

function throughNorm(
  row: usize, dzD: usize, weight: f32, dzR: f32, b: usize, gamma: usize, rstd: f32, to: usize, channels: i32,
): void {
  let sum = splat(0);
  let product = splat(0);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const dm = fma(splat(weight), loadSome(dzD + at, count), f32x4.mul(splat(dzR), loadSome(b + at, count)));
    const g = f32x4.mul(dm, loadSome(gamma + at, count));
    storeSome(to + at, g, count);
    sum = f32x4.add(sum, g);
    product = fma(g, loadSome(row + at, count), product);
  }
  const mean = splat(total(sum) / <f32>channels);
  const meanProduct = splat(-total(product) / <f32>channels);
  for (let c = 0; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const centred = fma(loadSome(row + at, count), meanProduct, f32x4.sub(loadSome(to + at, count), mean));
    storeSome(to + at, f32x4.mul(centred, splat(rstd)), count);
  }
}
