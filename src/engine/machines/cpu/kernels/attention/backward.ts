// Attention's backward, one head of one image at a time; the probabilities are computed again from lse.
//   p = exp(scale q k^T + log size - lse)     dp = dout v^T     ds = scale p (dp - rowsum(dout out))
//   dq = ds k     dk = ds^T q     dv = p^T dout        sizes are counts and get no gradient
// Only the first Q tokens of each image are queries; the gradient of the other tokens' queries is zero.
// qkv, dqkv [B, N, 3, H, D], size [B, N] or 0, out, dout [B, Q, H, D], lse [B, H, Q]
// reads qkv, size, out, lse, dout   writes (=) dqkv   scratch: attentionBackwardScratch(N, D) bytes
// Queries are processed in blocks; dk and dv are summed over the blocks in order.
import { logSizes, naturalBytes, packNatural, packTransposed, panelsOf, scores, scoreStride, transposedBytes } from './forward';
import { PANEL, PANEL_ROW } from '../linear/panels';
import { PRESENT, product, ZERO } from '../linear/product';
import { expLine, LINE } from '../common/lines';
import { fma, loadSome, splat, storeSome, total } from '../common/vector';

/** Queries of a block: the two blocks of scores for 197 keys take 98 KiB, half of the smallest L2 cache of a core. */
const QUERIES = 60;
/** Nobody reads the slopes of padding. They must not be subnormal numbers, with which some processors multiply a hundred times slower. */
const PADDING: f32 = 0;

export function attentionBackwardScratch(tokens: i32, headWidth: i32): usize {
  return scoreStride(tokens) * (2 * QUERIES + 1) + 2 * transposedBytes(tokens, headWidth) + 3 * naturalBytes(tokens, headWidth)
    + <usize>(3 * QUERIES * panelsOf(headWidth)) * PANEL_ROW;
}

export function attentionBackward(
  qkv: usize, size: usize, out: usize, lse: usize, dout: usize, dqkv: usize,
  images: i32, tokens: i32, queries: i32, heads: i32, headWidth: i32, scale: f32, scratch: usize,
): void {
  const channels = heads * headWidth;
  const row = <usize>channels << 2;
  const start = scratch;
  logSizes(0, tokens, PADDING, start);
  for (let image = 0; image < images; image++) {
    if (size) logSizes(size + (<usize>(image * tokens) << 2), tokens, PADDING, start);
    for (let head = 0; head < heads; head++) {
      const offset = <usize>(head * headWidth) << 2;
      const key = <usize>(image * tokens) * 3 * row + offset;
      const query = <usize>(image * queries) * row + offset;
      headBackward(
        qkv + key, dqkv + key, out + query, dout + query,
        lse + (<usize>((image * heads + head) * queries) << 2), row, tokens, queries, headWidth, scale, start,
      );
    }
  }
}

/** @param row bytes of all channels: the length of a row of out, and the distance from q to k and from k to v. */
function headBackward(
  q: usize, dq: usize, out: usize, dout: usize, lse: usize, row: usize, tokens: i32, queries: i32, headWidth: i32, scale: f32, start: usize,
): void {
  const stride: usize = <usize>3 * row;
  const sStride = scoreStride(tokens);
  const s = start + sStride;
  const dp = s + sStride * QUERIES;
  const keysTransposed = dp + sStride * QUERIES;
  const valuesTransposed = keysTransposed + transposedBytes(tokens, headWidth);
  const keys = valuesTransposed + transposedBytes(tokens, headWidth);
  const dk = keys + naturalBytes(tokens, headWidth);
  const dv = dk + naturalBytes(tokens, headWidth);
  const block = dv + naturalBytes(tokens, headWidth);
  const sums = block + <usize>(2 * QUERIES * panelsOf(headWidth)) * PANEL_ROW;
  packTransposed(q + row, stride, tokens, headWidth, scale, keysTransposed);
  packTransposed(q + 2 * row, stride, tokens, headWidth, 1, valuesTransposed);
  packNatural(q + row, stride, tokens, headWidth, keys);
  for (let i = 0; i < queries; i += QUERIES) {
    const rows = min(QUERIES, queries - i);
    const qAt = q + <usize>i * stride;
    const doutAt = dout + <usize>i * row;
    scores(qAt, stride, rows, keysTransposed, tokens, headWidth, start, s, sStride);
    scores(doutAt, row, rows, valuesTransposed, tokens, headWidth, 0, dp, sStride);
    for (let m = 0; m < rows; m++) {
      const at = <usize>m;
      const own = rowDot(doutAt + at * row, out + (<usize>i + at) * row, headWidth);
      slopes(s + at * sStride, dp + at * sStride, tokens, load<f32>(lse + ((<usize>i + at) << 2)), own, scale);
    }
    multiplyInto(dp, sStride, 4, rows, keys, tokens, headWidth, sums, ZERO);
    unpack(sums, rows, headWidth, dq + <usize>i * stride, stride);
    packNatural(qAt, stride, rows, headWidth, block);
    multiplyInto(dp, 4, sStride, tokens, block, rows, headWidth, dk, i ? PRESENT : ZERO);
    packNatural(doutAt, row, rows, headWidth, block);
    multiplyInto(s, 4, sStride, tokens, block, rows, headWidth, dv, i ? PRESENT : ZERO);
  }
  for (let i = queries; i < tokens; i++) memory.fill(dq + <usize>i * stride, 0, <usize>headWidth << 2);
  unpack(dk, tokens, headWidth, dq + row, stride);
  unpack(dv, tokens, headWidth, dq + 2 * row, stride);
}

/** C = A B or C += A B, for B [depth, headWidth] in panels. C is stored in columns of sixteen, [ceil(headWidth / 16)][rows][16]. */
function multiplyInto(
  a: usize, rowStride: usize, step: usize, rows: i32, panels: usize, depth: i32, headWidth: i32, c: usize, start: i32,
): void {
  for (let d = 0; d < panelsOf(headWidth); d++) {
    product(a, rowStride, step, rows, panels, depth, c, PANEL_ROW, 0, start, headWidth - d * PANEL);
    panels += <usize>depth * PANEL_ROW;
    c += <usize>rows * PANEL_ROW;
  }
}

/** Copies columns of sixteen to rows of `width`, `stride` bytes apart. */
function unpack(c: usize, rows: i32, headWidth: i32, to: usize, stride: usize): void {
  for (let d = 0; d < headWidth; d += PANEL) {
    for (let m = 0; m < rows; m++, c += PANEL_ROW) {
      const at = to + <usize>m * stride + (<usize>d << 2);
      for (let j = 0; j < PANEL && d + j < headWidth; j += 4) {
        storeSome(at + (<usize>j << 2), v128.load(c + (<usize>j << 2)), headWidth - d - j);
      }
    }
  }
}

function rowDot(a: usize, b: usize, headWidth: i32): f32 {
  let sum = splat(0);
  for (let d = 0; d < headWidth; d += 4) {
    const at = <usize>d << 2;
    sum = fma(loadSome(a + at, headWidth - d), loadSome(b + at, headWidth - d), sum);
  }
  return total(sum);
}

/** Turns logits s into probabilities, and the gradients dp of probabilities into those of the products q k. */
function slopes(s: usize, dp: usize, tokens: i32, lse: f32, own: f32, scale: f32): void {
  const bytes = <usize>panelsOf(tokens) * PANEL_ROW;
  const l = splat(lse);
  const d = splat(own);
  const factor = splat(scale);
  for (let j: usize = 0; j < bytes; j += LINE) {
    const at = s + j;
    expLine(
      f32x4.sub(v128.load(at), l), f32x4.sub(v128.load(at, 16), l), f32x4.sub(v128.load(at, 32), l), f32x4.sub(v128.load(at, 48), l), at,
    );
    for (let i: usize = 0; i < LINE; i += 16) {
      const p = f32x4.mul(v128.load(at + i), factor);
      v128.store(dp + j + i, f32x4.mul(p, f32x4.sub(v128.load(dp + j + i), d)));
    }
  }
}
