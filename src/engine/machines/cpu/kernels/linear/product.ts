// The inner loop of all products of matrices: sixteen columns of C = start + A B from one panel of B (panels.ts).
//   C[m, j] = start[m, j] + sum_k A[m, k] panel[k, j],   m < rows, j < 16, of which `width` columns exist
// A's rows lie `rowStride` bytes apart and its neighbours in k `step` bytes, so that A^T needs no copy. K is cut so that a panel's part
// stays in L1. Rows are cut six by six, with eight columns at a time: twelve sums, two vectors of the panel and one of A are all the
// registers that there are. Without relaxed SIMD a product takes a register before it is added, and rows are cut two by two, with
// sixteen columns. Of a panel with at most eight columns only the first half is computed, where a tile has one; its weights past the last
// column are zero. Each tile is a function called in two places, which keeps it from being inlined: V8 unrolls a small loop that lies in
// others, and then has too few registers.
import { loadPart } from './ahead';
import { fma } from '../common/vector';
import { PANEL_ROW } from './panels';

/** The rows of a panel that are used at a time: 24 KiB. */
const CHUNK = 384;
/** The columns of half a panel. */
const HALF = 8;

/** The sums start at zero. */
export const ZERO = 0;
/** The sums start at the sixteen floats at `bias`. */
export const BIAS = 1;
/** The sums start at the values in C. */
export const PRESENT = 2;

/** Six rows by eight columns, half of a panel. The panel's part ends at `end`. */
function six(
  a: usize, rowStride: usize, step: usize, panel: usize, end: usize, c: usize, cStride: usize, bias: usize, start: i32,
): void {
  let p = a, q = p + rowStride, r = q + rowStride, s = r + rowStride, t = s + rowStride, u = t + rowStride;
  let p0 = f32x4.splat(0), p1 = p0;
  if (start == BIAS) { p0 = v128.load(bias); p1 = v128.load(bias, 16); }
  let q0 = p0, q1 = p1, r0 = p0, r1 = p1, s0 = p0, s1 = p1, t0 = p0, t1 = p1, u0 = p0, u1 = p1;
  if (start == PRESENT) {
    let at = c;
    p0 = v128.load(at); p1 = v128.load(at, 16); at += cStride;
    q0 = v128.load(at); q1 = v128.load(at, 16); at += cStride;
    r0 = v128.load(at); r1 = v128.load(at, 16); at += cStride;
    s0 = v128.load(at); s1 = v128.load(at, 16); at += cStride;
    t0 = v128.load(at); t1 = v128.load(at, 16); at += cStride;
    u0 = v128.load(at); u1 = v128.load(at, 16);
  }
  for (let w = panel; w < end; w += PANEL_ROW) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    let x: v128;
    x = v128.load32_splat(p); p0 = fma(x, w0, p0); p1 = fma(x, w1, p1);
    x = v128.load32_splat(q); q0 = fma(x, w0, q0); q1 = fma(x, w1, q1);
    x = v128.load32_splat(r); r0 = fma(x, w0, r0); r1 = fma(x, w1, r1);
    x = v128.load32_splat(s); s0 = fma(x, w0, s0); s1 = fma(x, w1, s1);
    x = v128.load32_splat(t); t0 = fma(x, w0, t0); t1 = fma(x, w1, t1);
    x = v128.load32_splat(u); u0 = fma(x, w0, u0); u1 = fma(x, w1, u1);
    p += step; q += step; r += step; s += step; t += step; u += step;
  }
  v128.store(c, p0); v128.store(c, p1, 16); c += cStride;
  v128.store(c, q0); v128.store(c, q1, 16); c += cStride;
  v128.store(c, r0); v128.store(c, r1, 16); c += cStride;
  v128.store(c, s0); v128.store(c, s1, 16); c += cStride;
  v128.store(c, t0); v128.store(c, t1, 16); c += cStride;
  v128.store(c, u0); v128.store(c, u1, 16);
}

/** Four rows by eight columns: as many sums as registers allow without relaxed SIMD. */
function four(
  a: usize, rowStride: usize, step: usize, panel: usize, end: usize, c: usize, cStride: usize, bias: usize, start: i32,
): void {
  let p = a, q = p + rowStride, r = q + rowStride, s = r + rowStride;
  let p0 = f32x4.splat(0), p1 = p0;
  if (start == BIAS) { p0 = v128.load(bias); p1 = v128.load(bias, 16); }
  let q0 = p0, q1 = p1, r0 = p0, r1 = p1, s0 = p0, s1 = p1;
  if (start == PRESENT) {
    let at = c;
    p0 = v128.load(at); p1 = v128.load(at, 16); at += cStride;
    q0 = v128.load(at); q1 = v128.load(at, 16); at += cStride;
    r0 = v128.load(at); r1 = v128.load(at, 16); at += cStride;
    s0 = v128.load(at); s1 = v128.load(at, 16);
  }
  for (let w = panel; w < end; w += PANEL_ROW) {
    const w0 = v128.load(w), w1 = v128.load(w, 16);
    let x: v128;
    x = v128.load32_splat(p); p0 = fma(x, w0, p0); p1 = fma(x, w1, p1);
    x = v128.load32_splat(q); q0 = fma(x, w0, q0); q1 = fma(x, w1, q1);
    x = v128.load32_splat(r); r0 = fma(x, w0, r0); r1 = fma(x, w1, r1);
    x = v128.load32_splat(s); s0 = fma(x, w0, s0); s1 = fma(x, w1, s1);
    p += step; q += step; r += step; s += step;
  }
  v128.store(c, p0); v128.store(c, p1, 16); c += cStride;
  v128.store(c, q0); v128.store(c, q1, 16); c += cStride;
  v128.store(c, r0); v128.store(c, r1, 16); c += cStride;
  v128.store(c, s0); v128.store(c, s1, 16);
}

/** Two rows by sixteen columns. */
function pair(p: usize, q: usize, step: usize, panel: usize, end: usize, c: usize, d: usize, bias: usize, start: i32): void {
  let x0 = f32x4.splat(0), x1 = x0, x2 = x0, x3 = x0;
  if (start == BIAS) { x0 = v128.load(bias); x1 = v128.load(bias, 16); x2 = v128.load(bias, 32); x3 = v128.load(bias, 48); }
  let y0 = x0, y1 = x1, y2 = x2, y3 = x3;
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
}

/** Multiplies a chunk of K for whole tiles of rows, of a panel with at most eight columns. @returns the number of rows. */
function narrowStrip(
  a: usize, rowStride: usize, step: usize, rows: i32, panel: usize, end: usize, c: usize, cStride: usize, bias: usize, start: i32,
): i32 {
  const first = c;
  let m = 0;
  if (RELAXED) {
    for (; m + 6 <= rows; m += 6) {
      six(a, rowStride, step, panel, end, c, cStride, bias, start);
      a += 6 * rowStride;
      c += 6 * cStride;
    }
  } else {
    for (; m + 8 <= rows; m += 8) {
      four(a, rowStride, step, panel, end, c, cStride, bias, start);
      four(a + 4 * rowStride, rowStride, step, panel, end, c + 4 * cStride, cStride, bias, start);
      a += 8 * rowStride;
      c += 8 * cStride;
    }
  }
  if (start != PRESENT) startRest(m, first, cStride, bias, start);
  return m;
}

/** Stores the start of the sums of columns 8 to 15, which is their result too. */
function startRest(rows: i32, c: usize, cStride: usize, bias: usize, start: i32): void {
  const v = start == BIAS ? v128.load(bias, 32) : f32x4.splat(0);
  const w = start == BIAS ? v128.load(bias, 48) : v;
  for (let m = 0; m < rows; m++, c += cStride) {
    v128.store(c, v, 32);
    v128.store(c, w, 48);
  }
}

/** Multiplies a chunk of K for all rows. `start` is one of the values above; the panel's part ends at `end`. */
function strip(
  a: usize, rowStride: usize, step: usize, rows: i32, panel: usize, end: usize, c: usize, cStride: usize, bias: usize, start: i32,
  width: i32,
): void {
  let m = 0;
  if (width <= HALF) {
    m = narrowStrip(a, rowStride, step, rows, panel, end, c, cStride, bias, start);
    a += <usize>m * rowStride;
    c += <usize>m * cStride;
  } else if (RELAXED) {
    for (; m + 6 <= rows; m += 6) {
      loadPart();
      six(a, rowStride, step, panel, end, c, cStride, bias, start);
      six(a, rowStride, step, panel + 32, end, c + 32, cStride, bias + 32, start);
      a += 6 * rowStride;
      c += 6 * cStride;
    }
  }
  for (; m + 2 <= rows; m += 2) {
    if (!RELAXED) loadPart();
    pair(a, a + rowStride, step, panel, end, c, c + cStride, bias, start);
    a += 2 * rowStride;
    c += 2 * cStride;
  }
  // The last row of an odd number is computed twice.
  if (m < rows) pair(a, a, step, panel, end, c, c, bias, start);
}

/** How often `product` loads a part ahead (ahead.ts), if all columns exist. */
export function partsOf(rows: i32, depth: i32): i32 { return (rows / (RELAXED ? 6 : 2)) * ((depth + CHUNK - 1) / CHUNK); }

/** @param width columns of the panel that exist; 16 or more are a whole panel. */
export function product(
  a: usize, rowStride: usize, step: usize, rows: i32, panel: usize, depth: i32, c: usize, cStride: usize, bias: usize, start: i32,
  width: i32,
): void {
  let from = start;
  for (let k = 0; k < depth; k += CHUNK) {
    const length = min(CHUNK, depth - k);
    const at = panel + <usize>k * PANEL_ROW;
    strip(a + <usize>k * step, rowStride, step, rows, at, at + <usize>length * PANEL_ROW, c, cStride, bias, from, width);
    from = PRESENT;
  }
}
