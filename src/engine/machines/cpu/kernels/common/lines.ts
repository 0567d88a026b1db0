// Functions of lines: sixteen floats in memory, four vectors side by side, so that each coefficient is loaded once for four.
// Long functions store intermediate values. Engines load the coefficients of a stretch of code before its arithmetic, but never before an
// earlier store or in another loop; otherwise they would load more than there are registers for, and move each to the stack and back.
// And a processor that looks a few hundred instructions ahead finds several lines in a short loop, which do not wait for each other.
import { EXP, fma, ONES, tableAt } from './vector';

export const LINE: usize = 64;

/** Lines for an exponential's intermediate values. */
const RESTS = memory.data(64, 16);
const POWERS = memory.data(64, 16);

/** Splits x = n ln 2 + r as in `exp`, and stores r and 2^n in place `at` of the lines above. */
@inline
function split(x: v128, at: usize): void {
  const within = f32x4.pmax(f32x4.pmin(x, tableAt(EXP, 0)), tableAt(EXP, 1));
  const shifted = f32x4.add(f32x4.mul(within, tableAt(EXP, 2)), tableAt(EXP, 12));
  const n = f32x4.sub(shifted, tableAt(EXP, 12));
  const r = fma(n, tableAt(EXP, 3), within);
  v128.store(RESTS + at, fma(n, tableAt(EXP, 4), r));
  v128.store(POWERS + at, i32x4.add(i32x4.shl(shifted, 23), tableAt(ONES, 0)));
}

/** to = e^x of the four vectors of a line, with the bits of `exp`. */
@inline
export function expLine(x0: v128, x1: v128, x2: v128, x3: v128, to: usize): void {
  split(x0, 0); split(x1, 16); split(x2, 32); split(x3, 48);
  const r0 = v128.load(RESTS), r1 = v128.load(RESTS, 16), r2 = v128.load(RESTS, 32), r3 = v128.load(RESTS, 48);
  let c = tableAt(EXP, 5), d = tableAt(EXP, 6);
  let p0 = fma(c, r0, d), p1 = fma(c, r1, d), p2 = fma(c, r2, d), p3 = fma(c, r3, d);
  c = tableAt(EXP, 7); p0 = fma(p0, r0, c); p1 = fma(p1, r1, c); p2 = fma(p2, r2, c); p3 = fma(p3, r3, c);
  c = tableAt(EXP, 8); p0 = fma(p0, r0, c); p1 = fma(p1, r1, c); p2 = fma(p2, r2, c); p3 = fma(p3, r3, c);
  c = tableAt(EXP, 9); p0 = fma(p0, r0, c); p1 = fma(p1, r1, c); p2 = fma(p2, r2, c); p3 = fma(p3, r3, c);
  c = tableAt(EXP, 10); p0 = fma(p0, r0, c); p1 = fma(p1, r1, c); p2 = fma(p2, r2, c); p3 = fma(p3, r3, c);
  c = tableAt(EXP, 11);
  p0 = fma(f32x4.mul(p0, r0), r0, f32x4.add(r0, c)); p1 = fma(f32x4.mul(p1, r1), r1, f32x4.add(r1, c));
  p2 = fma(f32x4.mul(p2, r2), r2, f32x4.add(r2, c)); p3 = fma(f32x4.mul(p3, r3), r3, f32x4.add(r3, c));
  v128.store(to, f32x4.mul(p0, v128.load(POWERS))); v128.store(to, f32x4.mul(p1, v128.load(POWERS, 16)), 16);
  v128.store(to, f32x4.mul(p2, v128.load(POWERS, 32)), 32); v128.store(to, f32x4.mul(p3, v128.load(POWERS, 48)), 48);
}

/** 1 / sqrt 2, 1 / sqrt(2 pi), -1/2, 1/2, 1, 0. */
const NUMBERS = memory.data<f32>([0.70710678118654752, 0.39894228040143268, -0.5, 0.5, 1, 0]);

/** The coefficients of P and Q from the highest power down; the x from which erf is 1, and its square. */
const ERF = memory.data<f32>([
  2.03472649e-6, 2.87478849e-4, 3.8683293e-3, 5.30604856e-2, 1.92764193e-1, 1.12837902,
  3.80705236e-5, 1.18811448e-3, 1.51723004e-2, 1.15084663e-1, 5.04164484e-1, 1,
  3.92, 15.3664,
]);
/** The sign of a float; all other bits. */
const BITS = memory.data<u32>([0x80000000, 0x7fffffff]);

/**
 * The error function as u P(u^2) / Q(u^2), both of degree 5, fitted for the least largest error on |u| <= 3.92 (1.7e-8 before rounding,
 * 4.5e-7 in float32); beyond it is 1 to the last bit. NaN stays NaN.
 */
@inline
function erf(u: v128): v128 {
  const s = f32x4.pmin(f32x4.mul(u, u), tableAt(ERF, 13));
  let p = fma(tableAt(ERF, 0), s, tableAt(ERF, 1));
  p = fma(p, s, tableAt(ERF, 2));
  p = fma(p, s, tableAt(ERF, 3));
  p = fma(p, s, tableAt(ERF, 4));
  p = fma(p, s, tableAt(ERF, 5));
  let q = fma(tableAt(ERF, 6), s, tableAt(ERF, 7));
  q = fma(q, s, tableAt(ERF, 8));
  q = fma(q, s, tableAt(ERF, 9));
  q = fma(q, s, tableAt(ERF, 10));
  q = fma(q, s, tableAt(ERF, 11));
  const one = v128.or(v128.and(u, tableAt(BITS, 0)), tableAt(ERF, 11));
  return v128.bitselect(one, f32x4.div(f32x4.mul(u, p), q), f32x4.gt(v128.and(u, tableAt(BITS, 1)), tableAt(ERF, 12)));
}

@inline
function gelu(x: v128): v128 {
  const half = f32x4.mul(x, tableAt(NUMBERS, 3));
  return fma(half, erf(f32x4.mul(x, tableAt(NUMBERS, 0))), half);
}

/**
 * to = x Phi(x), the exact (erf) GELU, of lines that lie `xStride` and `stride` bytes apart. Two vectors at a time, so that one computes
 * while the other waits for its results.
 */
export function geluLines(x: usize, xStride: usize, to: usize, stride: usize, lines: i32): void {
  for (let m = 0; m < lines; m++, x += xStride, to += stride) {
    for (let j: usize = 0; j < LINE; j += 32) {
      const v = gelu(v128.load(x + j));
      const w = gelu(v128.load(x + j, 16));
      v128.store(to + j, v);
      v128.store(to + j, w, 16);
    }
  }
}

/** p, then a5 down to a1. */
const TAIL = memory.data<f32>([0.3275911, 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]);

@inline
function exponent(before: usize, at: usize): v128 {
  const x = v128.load(before + at);
  return f32x4.mul(f32x4.mul(x, x), tableAt(NUMBERS, 2));
}

/** 1 / (1 + p z), z = |x| / sqrt 2 */
@inline
function shrunk(before: usize, at: usize): v128 {
  const z = f32x4.mul(v128.and(v128.load(before + at), tableAt(BITS, 1)), tableAt(NUMBERS, 0));
  return f32x4.div(tableAt(NUMBERS, 4), fma(z, tableAt(TAIL, 0), tableAt(NUMBERS, 4)));
}

/** to = v (Phi(x) + x phi(x)), with e = e^(-x^2 / 2) in place of `room`. For x below zero the rest 1 - Phi(|x|) is Phi(x) itself. */
@inline
function storeSlope(before: usize, v: usize, room: usize, to: usize, at: usize, q: v128, t: v128): void {
  const x = v128.load(before + at);
  const e = v128.load(room + at);
  const rest = f32x4.mul(f32x4.mul(f32x4.mul(q, t), tableAt(NUMBERS, 3)), e);
  const phi = v128.bitselect(rest, f32x4.sub(tableAt(NUMBERS, 4), rest), f32x4.lt(x, tableAt(NUMBERS, 5)));
  v128.store(to + at, f32x4.mul(v128.load(v + at), fma(f32x4.mul(x, tableAt(NUMBERS, 1)), e, phi)));
}

/**
 * to = v gelu'(x) of lines, where gelu'(x) = Phi(x) + x phi(x); those of `to` lie `stride` bytes apart. Phi is computed from the
 * exponential that phi needs anyway: erf(z) = 1 - (a1 t + ... + a5 t^5) e^(-z^2) with t = 1 / (1 + p z) for z >= 0 (Abramowitz and Stegun
 * 7.1.26, within 1.5e-7).
 * @param room for as many lines.
 */
export function geluBackwardLines(x: usize, v: usize, to: usize, stride: usize, lines: i32, room: usize): void {
  const bytes = <usize>lines * LINE;
  for (let i: usize = 0; i < bytes; i += LINE) {
    const from = x + i;
    expLine(exponent(from, 0), exponent(from, 16), exponent(from, 32), exponent(from, 48), room + i);
  }
  for (const end = x + bytes; x < end; x += LINE, v += LINE, room += LINE, to += stride) {
    const t0 = shrunk(x, 0), t1 = shrunk(x, 16), t2 = shrunk(x, 32), t3 = shrunk(x, 48);
    let c = tableAt(TAIL, 1), d = tableAt(TAIL, 2);
    let q0 = fma(c, t0, d), q1 = fma(c, t1, d), q2 = fma(c, t2, d), q3 = fma(c, t3, d);
    c = tableAt(TAIL, 3); q0 = fma(q0, t0, c); q1 = fma(q1, t1, c); q2 = fma(q2, t2, c); q3 = fma(q3, t3, c);
    c = tableAt(TAIL, 4); q0 = fma(q0, t0, c); q1 = fma(q1, t1, c); q2 = fma(q2, t2, c); q3 = fma(q3, t3, c);
    c = tableAt(TAIL, 5); q0 = fma(q0, t0, c); q1 = fma(q1, t1, c); q2 = fma(q2, t2, c); q3 = fma(q3, t3, c);
    storeSlope(x, v, room, to, 0, q0, t0); storeSlope(x, v, room, to, 16, q1, t1);
    storeSlope(x, v, room, to, 32, q2, t2); storeSlope(x, v, room, to, 48, q3, t3);
  }
}
