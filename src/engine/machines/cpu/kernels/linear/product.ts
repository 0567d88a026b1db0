// The inner loop of everything that multiplies matrices: sixteen columns of C = start + A B from one panel of B (panels.ts).
//   C[m, j] = start[m, j] + sum_k A[m, k] panel[k, j],   m < rows, j < 16
// A's rows lie `rowStride` bytes apart and its neighbours in k `step` bytes, so that A^T needs no copy. Rows are cut two by two: 2 x 16
// sums are eight registers, with four of the panel and two splats all that there are. K is cut so that a panel's part stays in L1.
import { fma } from '../common/vector';
import { PANEL_ROW } from './panels';

/** Rows of a panel that are worked through at a time: 24 KiB. */
const CHUNK = 384;

/** Where the sums start. */
export const ZERO = 0;
/** At the sixteen floats at `bias`. */
export const BIAS = 1;
/** At what C holds. */
export const PRESENT = 2;

/** A chunk of K for all rows; `start` as above. The panel's part ends at `end`. */
function strip(
  a: usize, rowStride: usize, step: usize, rows: i32, panel: usize, end: usize, c: usize, cStride: usize, bias: usize, start: i32,
): void {
  let b0 = f32x4.splat(0), b1 = b0, b2 = b0, b3 = b0;
  if (start == BIAS) {
    b0 = v128.load(bias); b1 = v128.load(bias, 16); b2 = v128.load(bias, 32); b3 = v128.load(bias, 48);
  }
  for (let m = 0; m < rows; m += 2) {
    // The last row of an odd number is computed twice.
    const second = m + 1 < rows;
    let p = a;
    let q = second ? a + rowStride : a;
    const d = second ? c + cStride : c;
    let x0 = b0, x1 = b1, x2 = b2, x3 = b3, y0 = b0, y1 = b1, y2 = b2, y3 = b3;
    if (start == PRESENT) {
      x0 = v128.load(c); x1 = v128.load(c, 16); x2 = v128.load(c, 32); x3 = v128.load(c, 48);
      y0 = v128.load(d); y1 = v128.load(d, 16); y2 = v128.load(d, 32); y3 = v128.load(d, 48);
    }
    for (let w = panel; w < end; w += PANEL_ROW) {
      const w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
      const s = v128.load32_splat(p), t = v128.load32_splat(q);
      p += step; q += step;
      x0 = fma(s, w0, x0); x1 = fma(s, w1, x1); x2 = fma(s, w2, x2); x3 = fma(s, w3, x3);
      y0 = fma(t, w0, y0); y1 = fma(t, w1, y1); y2 = fma(t, w2, y2); y3 = fma(t, w3, y3);
    }
    v128.store(c, x0); v128.store(c, x1, 16); v128.store(c, x2, 32); v128.store(c, x3, 48);
    v128.store(d, y0); v128.store(d, y1, 16); v128.store(d, y2, 32); v128.store(d, y3, 48);
    a += 2 * rowStride;
    c += 2 * cStride;
  }
}

export function product(
  a: usize, rowStride: usize, step: usize, rows: i32, panel: usize, depth: i32, c: usize, cStride: usize, bias: usize, start: i32,
): void {
  let from = start;
  for (let k = 0; k < depth; k += CHUNK) {
    const length = min(CHUNK, depth - k);
    const at = panel + <usize>k * PANEL_ROW;
    strip(a + <usize>k * step, rowStride, step, rows, at, at + <usize>length * PANEL_ROW, c, cStride, bias, from);
    from = PRESENT;
  }
}
