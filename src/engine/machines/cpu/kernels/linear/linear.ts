// Linear layer, forward and backward to its input, with the epilogue that changes a finished sum before it is stored.
//   v = sum_k a[m, k] w(n, k)     v += out (accumulate)     v += bias[n]
//   activation  1: before = v, v = gelu(v)     2: before = v, v = quickGelu(v)     3: v *= gelu'(before)     4: v *= quickGelu'(before)
//   v += addend     v *= keep of the element (dropout)     v *= keep of the row's image (dropPath)     v += residual
// An address is 0 where there is no tensor: bias, before (of 1 and 2), addend, residual; dropout and dropPath where nothing drops.
// a [M, K]; bias [N]; out, addend, residual [M, N]; before [ceil(N / 16)][M][16], the last panel as narrow as it is. The weight, by `layout`:
//   0 PANELS    of [N, K] by packWeight: a frozen weight, forward       w(n, k) = weight[n, k]
//               of [K, N] by packTurned: a small one, backward          w(n, k) = weight[k, n]
//   1 REPACK    of [K, N] by packWeight: a large one, backward          w(n, k) = weight[k, n]
//   2 STORED    [N, K] unpacked: a trained weight, forward              w(n, k) = weight[n, k]
//   3 NATURAL   [K, N] unpacked: a trained weight, backward             w(n, k) = weight[k, n]
// reads a, weight, bias, before (3, 4), addend, residual   writes (=) out, before (1, 2)   scratch: linearScratch(K) bytes
// Work is cut into panels of sixteen columns, and those into blocks of rows whose sums stay in L1 for the epilogue.
import { loadAhead } from './ahead';
import { packColumns, packRows, repackPanel, PANEL, PANEL_ROW } from './panels';
import { BIAS, partsOf, PRESENT, product, ZERO } from './product';
import { keep, keepSixteen, keepSome } from '../common/random';
import { firstOf, numberOf, seedOf } from '../common/step';
import { geluBackwardLines, geluLines } from '../common/lines';
import { loadSome, quickGelu, quickGeluDerivative, splat, storeSome } from '../common/vector';

const PANELS = 0;
const REPACK = 1;
const STORED = 2;
const NATURAL = 3;

const GELU = 1;
const QUICK_GELU = 2;
const GELU_BACKWARD = 3;

/** Rows of a block, whose sixteen columns are 4 KiB: whole tiles of six rows. */
const BLOCK = 60;

/** Bytes for a panel of the weight, the bias of a panel, and three blocks: sums, `before`, and room for the activations' functions. */
export function linearScratch(depth: i32): usize {
  return <usize>(depth + 1 + 3 * BLOCK) * PANEL_ROW;
}

export function linear(
  a: usize, weight: usize, layout: i32, bias: usize, before: usize, addend: usize, residual: usize, out: usize,
  rows: i32, columns: i32, depth: i32, accumulate: i32, activation: i32,
  step: usize, rowsPerImage: i32, dropSite: u32, dropout: f32, pathSite: u32, dropPath: f32, scratch: usize,
): void {
  const packed = scratch;
  const paddedBias = packed + <usize>depth * PANEL_ROW;
  const sums = paddedBias + PANEL_ROW;
  const aStride = <usize>depth << 2;
  const stride = <usize>columns << 2;
  const start = accumulate ? PRESENT : bias ? BIAS : ZERO;
  for (let n = 0; n < columns; n += PANEL) {
    const width = min(PANEL, columns - n);
    const panel = panelOf(weight, layout, columns, depth, n, packed);
    // Packed panels lie one behind the other.
    const ahead = layout == PANELS && n + PANEL < columns ? <usize>depth * PANEL_ROW : 0;
    loadAhead(panel + ahead, ahead, partsOf(rows, depth));
    if (bias) padBias(bias + (<usize>n << 2), width, paddedBias);
    for (let m = 0; m < rows; m += BLOCK) {
      const count = min(BLOCK, rows - m);
      const at = (<usize>m * <usize>columns + <usize>n) << 2;
      const from = a + <usize>m * aStride;
      const to = out + at;
      // Sums that are read again lie side by side, in `before` or in scratch; rows that are far apart fall into a few sets of the cache.
      const whole = width == PANEL;
      const kept = before ? before + ((<usize>n * <usize>rows + <usize>(m * width)) << 2) : 0;
      const c = whole && !kept ? to : whole && activation <= QUICK_GELU ? kept : sums;
      const cStride = c == to ? stride : PANEL_ROW;
      if (whole && kept) fetch(kept, count, sums);
      if (accumulate && c != to) copyBlock(to, stride, c, PANEL_ROW, count, width);
      product(from, aStride, 4, count, panel, depth, c, cStride, paddedBias, start, width);
      if (accumulate && bias) addRow(c, cStride, count, width, paddedBias);
      if (activation || c != to) finishBlock(activation, c, cStride, kept, to, stride, count, width, sums);
      if (addend) addBlock(to, addend + at, stride, count, width);
      if (dropout > 0) drop(to, columns, count, width, step, <u32>m, rowsPerImage, <u32>n, dropSite, dropout);
      if (dropPath > 0) dropImages(to, stride, count, width, step, m, rowsPerImage, pathSite, dropPath);
      if (residual) addBlock(to, residual + at, stride, count, width);
    }
  }
}

function panelOf(weight: usize, layout: i32, columns: i32, depth: i32, n: i32, packed: usize): usize {
  if (layout == REPACK) repackPanel(weight, columns, depth, n, packed);
  else if (layout == STORED) {
    const stride = <usize>depth << 2;
    packColumns(weight + <usize>n * stride, stride, columns - n, depth, 1, packed);
  } else if (layout == NATURAL) packRows(weight + (<usize>n << 2), <usize>columns << 2, columns - n, depth, packed);
  else return weight + <usize>n * (<usize>depth << 2);
  return packed;
}

function padBias(bias: usize, width: i32, to: usize): void {
  for (let j = 0; j < PANEL; j++) store<f32>(to + (<usize>j << 2), j < width ? load<f32>(bias + (<usize>j << 2)) : 0);
}

function copyBlock(from: usize, fromStride: usize, to: usize, toStride: usize, rows: i32, width: i32): void {
  for (let m = 0; m < rows; m++, from += fromStride, to += toStride) {
    let j = 0;
    for (; j + 4 <= width; j += 4) v128.store(to + (<usize>j << 2), v128.load(from + (<usize>j << 2)));
    if (j < width) storeSome(to + (<usize>j << 2), loadSome(from + (<usize>j << 2), width - j), width - j);
  }
}

function addRow(to: usize, stride: usize, rows: i32, width: i32, row: usize): void {
  if (width == PANEL) {
    const a = v128.load(row), b = v128.load(row, 16), c = v128.load(row, 32), d = v128.load(row, 48);
    for (let m = 0; m < rows; m++, to += stride) {
      v128.store(to, f32x4.add(v128.load(to), a)); v128.store(to, f32x4.add(v128.load(to, 16), b), 16);
      v128.store(to, f32x4.add(v128.load(to, 32), c), 32); v128.store(to, f32x4.add(v128.load(to, 48), d), 48);
    }
    return;
  }
  for (let m = 0; m < rows; m++, to += stride) {
    for (let j = 0; j < width; j += 4) {
      const at = <usize>j << 2;
      storeSome(to + at, f32x4.add(loadSome(to + at, width - j), v128.load(row + at)), width - j);
    }
  }
}

/**
 * Loads a block's lines into the cache before they are needed. Otherwise each access would wait: the lines are separated by an activation's
 * arithmetic, and processors do not look so far ahead.
 */
function fetch(block: usize, lines: i32, to: usize): void {
  let words = i32x4.splat(0);
  for (let m = 0; m < lines; m++, block += PANEL_ROW) words = v128.xor(words, v128.load(block));
  v128.store(to, words);
}

/**
 * Moves a block's sums from `c` to `to`, through an activation, or (3, 4) times the derivative of the activation before the forward's input.
 * @param kept 0, or the block of `before`.
 * @param sums scratch, and room for two more blocks behind it.
 */
function finishBlock(
  activation: i32, c: usize, cStride: usize, kept: usize, to: usize, stride: usize, rows: i32, width: i32, sums: usize,
): void {
  const whole = width == PANEL;
  const out = whole ? to : sums;
  const outStride = whole ? stride : PANEL_ROW;
  if (activation > QUICK_GELU) {
    const x = whole ? kept : sums + <usize>BLOCK * PANEL_ROW;
    if (!whole) copyBlock(kept, <usize>width << 2, x, PANEL_ROW, rows, width);
    if (activation == GELU_BACKWARD) geluBackwardLines(x, c, out, outStride, rows, sums + <usize>(2 * BLOCK) * PANEL_ROW);
    else quickGeluBackwardLines(x, c, out, outStride, rows);
  } else {
    if (kept && !whole) copyBlock(c, PANEL_ROW, kept, <usize>width << 2, rows, width);
    if (activation == GELU) geluLines(c, cStride, out, outStride, rows);
    else if (activation == QUICK_GELU) quickGeluLines(c, cStride, out, outStride, rows);
  }
  if (!whole) copyBlock(sums, PANEL_ROW, to, stride, rows, width);
}

function quickGeluLines(x: usize, xStride: usize, to: usize, stride: usize, lines: i32): void {
  for (let m = 0; m < lines; m++, x += xStride, to += stride) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) v128.store(to + j, quickGelu(v128.load(x + j)));
  }
}

function quickGeluBackwardLines(x: usize, v: usize, to: usize, stride: usize, lines: i32): void {
  for (let m = 0; m < lines; m++, x += PANEL_ROW, v += PANEL_ROW, to += stride) {
    for (let j: usize = 0; j < PANEL_ROW; j += 16) {
      v128.store(to + j, f32x4.mul(v128.load(v + j), quickGeluDerivative(v128.load(x + j))));
    }
  }
}

function addBlock(to: usize, from: usize, stride: usize, rows: i32, width: i32): void {
  for (let m = 0; m < rows; m++, to += stride, from += stride) {
    let j = 0;
    for (; j + 4 <= width; j += 4) {
      const at = <usize>j << 2;
      v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)));
    }
    const at = <usize>j << 2;
    if (j < width) storeSome(to + at, f32x4.add(loadSome(to + at, width - j), loadSome(from + at, width - j)), width - j);
  }
}

/** Applies dropout; elements are numbered in the whole batch. */
function drop(
  out: usize, columns: i32, rows: i32, width: i32, step: usize, row: u32, rowsPerImage: i32, column: u32, site: u32, p: f32,
): void {
  const seed = seedOf(step);
  const number = numberOf(step);
  let element = (firstOf(step) * <u32>rowsPerImage + row) * <u32>columns + column;
  for (let m = 0; m < rows; m++, out += <usize>columns << 2, element += <u32>columns) {
    if (width == PANEL && (element & 3) == 0) {
      keepSixteen(out, out, seed, number, site, element >> 2, p);
      continue;
    }
    for (let j = 0; j < width; j += 4) {
      const at = out + (<usize>j << 2);
      const count = width - j;
      const factors = keepSome(seed, number, site, element + <u32>j, count, p);
      storeSome(at, f32x4.mul(loadSome(at, count), factors), count);
    }
  }
}

/** Applies stochastic depth: one factor for each image. */
function dropImages(
  out: usize, stride: usize, rows: i32, width: i32, step: usize, row: i32, rowsPerImage: i32, site: u32, p: f32,
): void {
  let image: i32 = -1;
  let factor = splat(1);
  for (let m = 0; m < rows; m++, out += stride) {
    if ((row + m) / rowsPerImage != image) {
      image = (row + m) / rowsPerImage;
      factor = splat(keep(seedOf(step), numberOf(step), site, firstOf(step) + <u32>image, p));
    }
    for (let j = 0; j < width; j += 4) {
      const at = out + (<usize>j << 2);
      storeSome(at, f32x4.mul(loadSome(at, width - j), factor), width - j);
    }
  }
}
