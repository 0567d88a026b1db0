// LayerNorm over channels, forward and backward.
//   mean = sum_c x / C, rstd = 1 / sqrt(sum_c (x - mean)^2 / C + epsilon)
//   y = (x - mean) rstd gamma + beta     dropped = y keep(row C + c) (DROP)     stats = (mean, rstd) (SAVE)
//   backward: g = dy gamma, xhat = (x - mean) rstd,
//   dx = passing (PASSING) + rstd (g - mean_c(g) - xhat mean_c(g xhat))
// x, dx, passing [rows, C]; y, dropped, dy [M, C]; stats [M, 2]; gamma, beta [C]
// Row i of y, dropped, dy and stats belongs to row i every + first of x, so that a head can normalise its token alone. For the other
// rows dx is `passing`, or zero.
//   gamma's gradient: dgamma[c] = sum over m of dy[m, c] xhat[m, c], in order; beta's is the column sums of dy
// forward reads x, gamma, beta; writes (=) y, dropped, stats     backward reads x, stats, gamma, dy, passing; writes (=) dx
import { keepSixteen, keepSome } from './common/random';
import { firstOf, numberOf, seedOf } from './common/step';
import { fma, loadSome, splat, storeSome, total } from './common/vector';

const SAVE = 1;
const DROP = 2;

/** The number of rows that are summed side by side, since the additions of a row wait for each other. */
const TOGETHER = 4;
/** The (mean, rstd) of these rows. */
const STATS = memory.data(8 * TOGETHER, 16);

export function layerNorm(
  x: usize, gamma: usize, beta: usize, y: usize, dropped: usize, stats: usize, rows: i32, channels: i32, epsilon: f32,
  every: i32, first: i32, flags: i32, step: usize, rowsPerImage: i32, site: u32, dropout: f32,
): void {
  const stride = <usize>channels << 2;
  const rowStride = <usize>every * stride;
  let from = x + <usize>first * stride;
  for (let m = 0; m < rows; m++, from += rowStride) {
    const place = m & (TOGETHER - 1);
    if (place == 0) {
      if (m + TOGETHER <= rows) statsOfFour(from, rowStride, channels, epsilon);
      else for (let i = 0; i < rows - m; i++) statsOf(from + <usize>i * rowStride, channels, epsilon, STATS + (<usize>i << 3));
    }
    const mean = load<f32>(STATS + (<usize>place << 3));
    const rstd = load<f32>(STATS + (<usize>place << 3), 4);
    const at = <usize>m * stride;
    normaliseRow(from, y + at, channels, mean, rstd, gamma, beta);
    if (flags & SAVE) {
      store<f32>(stats + (<usize>m << 3), mean);
      store<f32>(stats + (<usize>m << 3), rstd, 4);
    }
    if (flags & DROP) dropRow(y + at, dropped + at, channels, step, <u32>m, rowsPerImage, site, dropout);
  }
}

function statsOf(row: usize, channels: i32, epsilon: f32, to: usize): void {
  const mean = meanOf(row, channels);
  store<f32>(to, mean);
  store<f32>(to, 1 / sqrt(squaresAround(row, channels, mean) / <f32>channels + epsilon), 4);
}

/** Computes four rows with the bits of {@link statsOf}, which is called where the channels are no multiple of four. */
function statsOfFour(p: usize, rowStride: usize, channels: i32, epsilon: f32): void {
  const q = p + rowStride, r = q + rowStride, s = r + rowStride;
  if (channels & 3) {
    statsOf(p, channels, epsilon, STATS); statsOf(q, channels, epsilon, STATS + 8);
    statsOf(r, channels, epsilon, STATS + 16); statsOf(s, channels, epsilon, STATS + 24);
    return;
  }
  const end = <usize>channels << 2;
  let a = splat(0), b = a, c = a, d = a;
  for (let at: usize = 0; at < end; at += 16) {
    a = f32x4.add(a, v128.load(p + at)); b = f32x4.add(b, v128.load(q + at));
    c = f32x4.add(c, v128.load(r + at)); d = f32x4.add(d, v128.load(s + at));
  }
  const count = <f32>channels;
  const ma = total(a) / count, mb = total(b) / count, mc = total(c) / count, md = total(d) / count;
  const va = splat(ma), vb = splat(mb), vc = splat(mc), vd = splat(md);
  a = splat(0); b = a; c = a; d = a;
  for (let at: usize = 0; at < end; at += 16) {
    const e = f32x4.sub(v128.load(p + at), va), f = f32x4.sub(v128.load(q + at), vb);
    const g = f32x4.sub(v128.load(r + at), vc), h = f32x4.sub(v128.load(s + at), vd);
    a = fma(e, e, a); b = fma(f, f, b); c = fma(g, g, c); d = fma(h, h, d);
  }
  store<f32>(STATS, ma); store<f32>(STATS, 1 / sqrt(total(a) / count + epsilon), 4);
  store<f32>(STATS, mb, 8); store<f32>(STATS, 1 / sqrt(total(b) / count + epsilon), 12);
  store<f32>(STATS, mc, 16); store<f32>(STATS, 1 / sqrt(total(c) / count + epsilon), 20);
  store<f32>(STATS, md, 24); store<f32>(STATS, 1 / sqrt(total(d) / count + epsilon), 28);
}

export function meanOf(row: usize, channels: i32): f32 {
  let sum = splat(0);
  for (let c = 0; c < channels; c += 4) sum = f32x4.add(sum, loadSome(row + (<usize>c << 2), channels - c));
  return total(sum) / <f32>channels;
}

/** sum_c (x - mean)^2 */
export function squaresAround(row: usize, channels: i32, mean: f32): f32 {
  let sum = splat(0);
  const whole = channels & ~3;
  for (let c = 0; c < whole; c += 4) {
    const d = f32x4.sub(v128.load(row + (<usize>c << 2)), splat(mean));
    sum = fma(d, d, sum);
  }
  let rest: f32 = 0;
  for (let c = whole; c < channels; c++) {
    const d = load<f32>(row + (<usize>c << 2)) - mean;
    rest += d * d;
  }
  return total(sum) + rest;
}

function normaliseRow(from: usize, to: usize, channels: i32, mean: f32, rstd: f32, gamma: usize, beta: usize): void {
  const m = splat(mean), r = splat(rstd);
  const end = <usize>(channels & ~3) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const xhat = f32x4.mul(f32x4.sub(v128.load(from + at), m), r);
    v128.store(to + at, fma(xhat, v128.load(gamma + at), v128.load(beta + at)));
  }
  const count = channels & 3;
  if (count) {
    const xhat = f32x4.mul(f32x4.sub(loadSome(from + end, count), m), r);
    storeSome(to + end, fma(xhat, loadSome(gamma + end, count), loadSome(beta + end, count)), count);
  }
}

function dropRow(
  y: usize, to: usize, channels: i32, step: usize, row: u32, rowsPerImage: i32, site: u32, p: f32,
): void {
  const element = (firstOf(step) * <u32>rowsPerImage + row) * <u32>channels;
  let c = 0;
  if ((element & 3) == 0) {
    for (; c + 16 <= channels; c += 16) {
      const at = <usize>c << 2;
      keepSixteen(y + at, to + at, seedOf(step), numberOf(step), site, (element + <u32>c) >> 2, p);
    }
  }
  for (; c < channels; c += 4) {
    const at = <usize>c << 2;
    const count = channels - c;
    const factors = keepSome(seedOf(step), numberOf(step), site, element + <u32>c, count, p);
    storeSome(to + at, f32x4.mul(loadSome(y + at, count), factors), count);
  }
}

/** @param passing 0 where x has no other gradient. */
export function layerNormBackward(
  x: usize, stats: usize, gamma: usize, dy: usize, passing: usize, dx: usize, rows: i32, channels: i32, every: i32, first: i32,
): void {
  const stride = <usize>channels << 2;
  for (let row = 0; row < rows; row++) {
    const at = <usize>row * stride;
    const compact = row / every;
    if (row % every != first) {
      passRow(passing ? passing + at : 0, dx + at, channels);
      continue;
    }
    const mean = load<f32>(stats + (<usize>compact << 3));
    const rstd = load<f32>(stats + (<usize>compact << 3), 4);
    backwardRow(x + at, dy + <usize>compact * stride, passing ? passing + at : 0, dx + at, channels, mean, rstd, gamma);
  }
}

function passRow(passing: usize, dx: usize, channels: i32): void {
  if (passing) memory.copy(dx, passing, <usize>channels << 2);
  else memory.fill(dx, 0, <usize>channels << 2);
}

function backwardRow(
  x: usize, dy: usize, passing: usize, dx: usize, channels: i32, mean: f32, rstd: f32, gamma: usize,
): void {
  const m = splat(mean), r = splat(rstd);
  const end = <usize>(channels & ~3) << 2;
  const rest = channels & 3;
  let sum = splat(0);
  let product = splat(0);
  for (let at: usize = 0; at < end; at += 16) {
    const g = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
    sum = f32x4.add(sum, g);
    product = fma(g, f32x4.mul(f32x4.sub(v128.load(x + at), m), r), product);
  }
  if (rest) {
    const g = f32x4.mul(loadSome(dy + end, rest), loadSome(gamma + end, rest));
    sum = f32x4.add(sum, g);
    // g is zero past the last channel, so the values of xhat there do not matter.
    product = fma(g, f32x4.mul(f32x4.sub(loadSome(x + end, rest), m), r), product);
  }
  const meanG = splat(total(sum) / <f32>channels);
  const meanProduct = splat(-total(product) / <f32>channels);
  for (let at: usize = 0; at < end; at += 16) {
    const g = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
    const xhat = f32x4.mul(f32x4.sub(v128.load(x + at), m), r);
    const pass = passing ? v128.load(passing + at) : splat(0);
    v128.store(dx + at, fma(fma(xhat, meanProduct, f32x4.sub(g, meanG)), r, pass));
  }
  if (rest) {
    const g = f32x4.mul(loadSome(dy + end, rest), loadSome(gamma + end, rest));
    const xhat = f32x4.mul(f32x4.sub(loadSome(x + end, rest), m), r);
    const pass = passing ? loadSome(passing + end, rest) : splat(0);
    storeSome(dx + end, fma(fma(xhat, meanProduct, f32x4.sub(g, meanG)), r, pass), rest);
  }
}

export function gammaGradient(
  x: usize, stats: usize, dy: usize, dgamma: usize, rows: i32, channels: i32, every: i32, first: i32,
): void {
  const stride = <usize>channels << 2;
  memory.fill(dgamma, 0, stride);
  for (let m = 0; m < rows; m++) {
    const from = x + (<usize>m * <usize>every + <usize>first) * stride;
    const gradient = dy + <usize>m * stride;
    const mean = splat(load<f32>(stats + (<usize>m << 3)));
    const rstd = splat(load<f32>(stats + (<usize>m << 3), 4));
    for (let c = 0; c < channels; c += 4) {
      const at = <usize>c << 2;
      const count = channels - c;
      const xhat = f32x4.mul(f32x4.sub(loadSome(from + at, count), mean), rstd);
      storeSome(dgamma + at, fma(loadSome(gradient + at, count), xhat, loadSome(dgamma + at, count)), count);
    }
  }
}
