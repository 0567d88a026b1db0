// Multi-head attention, one head of one image at a time, as products of matrices on a block of rows of scores that stays in cache.
//   S = scale q k^T + log(size of the key) (where there is one)     p = exp(S - max), out = p v / sum p
//   lse = max + log sum p, for the backward
// Only the first Q tokens of each image are queries; all N tokens are keys.
// qkv [B, N, 3, H, D], size [B, N] or 0, out [B, Q, H, D], lse [B, H, Q] or 0
// reads qkv, size   writes (=) out, lse   scratch: attentionScratch(N, D) bytes
import { packColumns, packRows, PANEL, PANEL_ROW } from '../linear/panels';
import { BIAS, product, ZERO } from '../linear/product';
import { expLine } from '../common/lines';
import { largest, splat, storeSome, total } from '../common/vector';

/** The most queries of a block: whole tiles of six rows, whose scores stay in cache. 36 rows of 197 keys are 30 KiB. */
@inline
function blockOf(tokens: i32): i32 { return tokens <= 60 ? 60 : 36; }
/** Lower than any logit: as the padding after the keys, it gets no weight. */
const NEVER: f32 = -1e30;

@inline
export function panelsOf(length: i32): i32 { return (length + PANEL - 1) / PANEL; }

/** Bytes from one row of scores to the next: an odd number of cache lines, so that a column does not fall into a few sets. */
@inline
export function scoreStride(tokens: i32): usize { return (<usize>panelsOf(tokens) | 1) * PANEL_ROW; }

/** Bytes of the panels of a head's keys or values: of K^T [D, N] or of V [N, D]. */
@inline
export function transposedBytes(tokens: i32, headWidth: i32): usize { return <usize>(panelsOf(tokens) * headWidth) * PANEL_ROW; }
@inline
export function naturalBytes(tokens: i32, headWidth: i32): usize { return <usize>(panelsOf(headWidth) * tokens) * PANEL_ROW; }

export function attentionScratch(tokens: i32, headWidth: i32): usize {
  return scoreStride(tokens) * (blockOf(tokens) + 1) + transposedBytes(tokens, headWidth) + naturalBytes(tokens, headWidth)
    + <usize>(blockOf(tokens) * (panelsOf(headWidth) + 1)) * PANEL_ROW;
}

/** Packs X [N, D], rows `stride` bytes apart, for a product with scale X^T. */
export function packTransposed(x: usize, stride: usize, tokens: i32, headWidth: i32, scale: f32, panels: usize): void {
  for (let n = 0; n < tokens; n += PANEL) {
    packColumns(x + <usize>n * stride, stride, tokens - n, headWidth, scale, panels);
    panels += <usize>headWidth * PANEL_ROW;
  }
}

/** Packs X [N, D], rows `stride` bytes apart, for a product with X. */
export function packNatural(x: usize, stride: usize, tokens: i32, headWidth: i32, panels: usize): void {
  for (let d = 0; d < headWidth; d += PANEL) {
    packRows(x + (<usize>d << 2), stride, headWidth - d, tokens, panels);
    panels += <usize>tokens * PANEL_ROW;
  }
}

/** The initial value of each key's logit: log(size), or 0; and of the columns of padding. */
export function logSizes(size: usize, tokens: i32, padding: f32, to: usize): void {
  for (let j = 0; j < panelsOf(tokens) * PANEL; j++) {
    let value = padding;
    if (j < tokens) value = size ? Mathf.log(load<f32>(size + (<usize>j << 2))) : 0;
    store<f32>(to + (<usize>j << 2), value);
  }
}

/** Computes the scores of `rows` queries with all keys. */
export function scores(
  q: usize, stride: usize, rows: i32, keys: usize, tokens: i32, headWidth: i32, start: usize, s: usize, sStride: usize,
): void {
  for (let j = 0; j < panelsOf(tokens); j++) {
    const line = <usize>j * PANEL_ROW;
    const width = tokens - j * PANEL;
    product(q, stride, 4, rows, keys + line * <usize>headWidth, headWidth, s + line, sStride, start + line, start ? BIAS : ZERO, width);
  }
}

export function attention(
  qkv: usize, size: usize, out: usize, lse: usize,
  images: i32, tokens: i32, queries: i32, heads: i32, headWidth: i32, scale: f32, scratch: usize,
): void {
  const channels = heads * headWidth;
  const stride = <usize>(3 * channels) << 2;
  const sStride = scoreStride(tokens);
  const start = scratch;
  const s = start + sStride;
  const most = blockOf(tokens);
  const keys = s + sStride * most;
  const values = keys + transposedBytes(tokens, headWidth);
  const sums = values + naturalBytes(tokens, headWidth);
  for (let image = 0; image < images; image++) {
    logSizes(size ? size + (<usize>(image * tokens) << 2) : 0, tokens, NEVER, start);
    for (let head = 0; head < heads; head++) {
      const q = qkv + <usize>(image * tokens) * stride + (<usize>(head * headWidth) << 2);
      const k = q + (<usize>channels << 2);
      packTransposed(k, stride, tokens, headWidth, scale, keys);
      packNatural(k + (<usize>channels << 2), stride, tokens, headWidth, values);
      const outs = out + (<usize>(image * queries * channels + head * headWidth) << 2);
      const line = lse ? lse + (<usize>((image * heads + head) * queries) << 2) : 0;
      for (let i = 0; i < queries; i += most) {
        const rows = min(most, queries - i);
        scores(q + <usize>i * stride, stride, rows, keys, tokens, headWidth, start, s, sStride);
        const to = outs + (<usize>(i * channels) << 2);
        mix(s, sStride, rows, tokens, values, headWidth, sums, to, <usize>channels << 2, line ? line + (<usize>i << 2) : 0);
      }
    }
  }
}

/** Softmax of rows of scores, and the sum of values weighted by it: out = (p v) / sum p. */
function mix(
  s: usize, sStride: usize, rows: i32, tokens: i32, values: usize, headWidth: i32, sums: usize, out: usize, outStride: usize, lse: usize,
): void {
  const bytes = <usize>panelsOf(tokens) * PANEL_ROW;
  const stride = <usize>panelsOf(headWidth) * PANEL_ROW;
  const shares = sums + <usize>rows * stride;
  for (let m = 0; m < rows; m++) {
    const row = s + <usize>m * sStride;
    const top = highest(row, bytes);
    const sum = exponentials(row, bytes, top);
    store<f32>(shares + (<usize>m << 2), 1 / sum);
    if (lse) store<f32>(lse + (<usize>m << 2), top + Mathf.log(sum));
  }
  for (let d = 0; d < panelsOf(headWidth); d++) {
    const line = <usize>d * PANEL_ROW;
    product(s, sStride, 4, rows, values + line * <usize>tokens, tokens, sums + line, stride, 0, ZERO, headWidth - d * PANEL);
  }
  for (let m = 0; m < rows; m++) {
    const from = sums + <usize>m * stride;
    const to = out + <usize>m * outStride;
    const share = splat(load<f32>(shares + (<usize>m << 2)));
    for (let d = 0; d < headWidth; d += 4) {
      const at = <usize>d << 2;
      storeSome(to + at, f32x4.mul(v128.load(from + at), share), headWidth - d);
    }
  }
}

export function highest(row: usize, bytes: usize): f32 {
  let a = v128.load(row), b = v128.load(row, 16), c = v128.load(row, 32), d = v128.load(row, 48);
  for (let j: usize = PANEL_ROW; j < bytes; j += PANEL_ROW) {
    a = f32x4.pmax(a, v128.load(row + j));
    b = f32x4.pmax(b, v128.load(row + j, 16));
    c = f32x4.pmax(c, v128.load(row + j, 32));
    d = f32x4.pmax(d, v128.load(row + j, 48));
  }
  return largest(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

/** row = exp(row - top); returns the sum. */
function exponentials(row: usize, bytes: usize, top: f32): f32 {
  const t = splat(top);
  let a = splat(0), b = a, c = a, d = a;
  for (let j: usize = 0; j < bytes; j += PANEL_ROW) {
    const at = row + j;
    expLine(
      f32x4.sub(v128.load(at), t), f32x4.sub(v128.load(at, 16), t), f32x4.sub(v128.load(at, 32), t), f32x4.sub(v128.load(at, 48), t), at,
    );
    a = f32x4.add(a, v128.load(at)); b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32)); d = f32x4.add(d, v128.load(at, 48));
  }
  return total(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}
