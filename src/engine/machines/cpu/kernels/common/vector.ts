// The arithmetic of all kernels, on four floats at a time. RELAXED is a constant of the build (src/headless/machine/kernels.ts):
// with relaxed SIMD a product and a sum are one instruction with one rounding, without it two instructions with two roundings.

@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return RELAXED ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

@inline
export function splat(value: f32): v128 { return f32x4.splat(value); }

/** Sum of the four elements, in a fixed order. */
@inline
export function total(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

@inline
export function largest(v: v128): f32 {
  const pair = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(pair, v128.shuffle<f32>(pair, pair, 1, 0, 3, 2)), 0);
}

/** The first `count` (1 to 4) floats at `at`; the others are zero. */
@inline
export function loadSome(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  if (count == 3) return v128.load_lane<f32>(at + 8, v128.load64_zero(at), 2);
  return count == 2 ? v128.load64_zero(at) : v128.load32_zero(at);
}

/** Stores the first `count` (1 to 4) elements. */
@inline
export function storeSome(at: usize, v: v128, count: i32): void {
  if (count >= 4) { v128.store(at, v); return; }
  if (count == 1) { v128.store_lane<f32>(at, v, 0); return; }
  v128.store_lane<f64>(at, v, 0);
  if (count == 3) v128.store_lane<f32>(at + 8, v, 2);
}

// The coefficients of the functions below are in memory, because engines build a vector constant again at each use, which would take twice
// as long as the arithmetic.
@inline
function at(table: usize, index: usize): v128 { return v128.load32_splat(table + (index << 2)); }

/** The range that is kept; 1 / ln 2; ln 2 in two parts; the polynomial's coefficients from the highest power down to r^2 / 2; 1. */
const EXP = memory.data<f32>([
  88, -87, 1.44269504088896, -0.693359375, 2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
]);
const BIAS = memory.data<i32>([127]);

/**
 * e^x: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 7 in r (Cephes' coefficients, S. Moshier), 2^n by the exponent's
 * bits. The relative error is below 2e-7. Below -87 and above 88 it is constant. NaN stays NaN.
 */
@inline
export function exp(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, at(EXP, 0)), at(EXP, 1));
  const n = f32x4.nearest(f32x4.mul(within, at(EXP, 2)));
  let r = fma(n, at(EXP, 3), within);
  r = fma(n, at(EXP, 4), r);
  let p = fma(at(EXP, 5), r, at(EXP, 6));
  p = fma(p, r, at(EXP, 7));
  p = fma(p, r, at(EXP, 8));
  p = fma(p, r, at(EXP, 9));
  p = fma(p, r, at(EXP, 10));
  p = fma(f32x4.mul(p, r), r, f32x4.add(r, at(EXP, 11)));
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), at(BIAS, 0)), 23));
}

/** e^x of one number, with the bits of {@link exp}. */
@inline
export function exp1(x: f32): f32 { return f32x4.extract_lane(exp(splat(x)), 0); }

/** 1 / sqrt 2, 1 / sqrt(2 pi), -1/2, 1/2, 1, 0. */
const NUMBERS = memory.data<f32>([0.70710678118654752, 0.39894228040143268, -0.5, 0.5, 1, 0]);

/** The coefficients of P and Q from the highest power down; the x from which erf is 1, and its square. */
const ERF = memory.data<f32>([
  2.03472649e-6, 2.87478849e-4, 3.8683293e-3, 5.30604856e-2, 1.92764193e-1, 1.12837902,
  3.80705236e-5, 1.18811448e-3, 1.51723004e-2, 1.15084663e-1, 5.04164484e-1, 1,
  3.92, 15.3664,
]);
const SIGN = memory.data<i32>([0x80000000]);

/**
 * The error function as x P(x^2) / Q(x^2), both of degree 5, fitted for the least largest error on |x| <= 3.92 (1.7e-8 before
 * rounding, 4.5e-7 in float32); beyond it is 1 to the last bit. NaN stays NaN.
 */
@inline
export function erf(x: v128): v128 {
  const s = f32x4.pmin(f32x4.mul(x, x), at(ERF, 13));
  let p = fma(at(ERF, 0), s, at(ERF, 1));
  p = fma(p, s, at(ERF, 2));
  p = fma(p, s, at(ERF, 3));
  p = fma(p, s, at(ERF, 4));
  p = fma(p, s, at(ERF, 5));
  let q = fma(at(ERF, 6), s, at(ERF, 7));
  q = fma(q, s, at(ERF, 8));
  q = fma(q, s, at(ERF, 9));
  q = fma(q, s, at(ERF, 10));
  q = fma(q, s, at(ERF, 11));
  const one = v128.or(v128.and(x, at(SIGN, 0)), at(ERF, 11));
  return v128.bitselect(one, f32x4.div(f32x4.mul(x, p), q), f32x4.gt(f32x4.abs(x), at(ERF, 12)));
}

/** x Phi(x), the exact (erf) GELU. */
@inline
export function gelu(x: v128): v128 {
  const half = f32x4.mul(x, at(NUMBERS, 3));
  return fma(half, erf(f32x4.mul(x, at(NUMBERS, 0))), half);
}

/** p, then a5 down to a1. */
const TAIL = memory.data<f32>([0.3275911, 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]);

/**
 * Phi(x) + x phi(x). Phi is computed from the exponential that phi needs anyway: erf(z) = 1 - (a1 t + ... + a5 t^5) e^(-z^2) with
 * t = 1 / (1 + p z) for z >= 0 (Abramowitz and Stegun 7.1.26, within 1.5e-7).
 */
@inline
export function geluDerivative(x: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), at(NUMBERS, 0));
  const e = exp(f32x4.mul(f32x4.mul(x, x), at(NUMBERS, 2)));
  const t = f32x4.div(at(NUMBERS, 4), fma(z, at(TAIL, 0), at(NUMBERS, 4)));
  let q = fma(at(TAIL, 1), t, at(TAIL, 2));
  q = fma(q, t, at(TAIL, 3));
  q = fma(q, t, at(TAIL, 4));
  q = fma(q, t, at(TAIL, 5));
  // 1 - Phi(|x|) is half of 1 - erf(z); for x below zero it is Phi(x) itself.
  const rest = f32x4.mul(f32x4.mul(f32x4.mul(q, t), at(NUMBERS, 3)), e);
  const phi = v128.bitselect(rest, f32x4.sub(at(NUMBERS, 4), rest), f32x4.lt(x, at(NUMBERS, 5)));
  return fma(f32x4.mul(x, at(NUMBERS, 1)), e, phi);
}

@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(at(NUMBERS, 4), f32x4.add(at(NUMBERS, 4), exp(f32x4.neg(x))));
}

/** x sigmoid(1.702 x) */
@inline
export function quickGelu(x: v128): v128 { return f32x4.mul(x, sigmoid(f32x4.mul(x, splat(1.702)))); }

/** s + 1.702 x s (1 - s), s = sigmoid(1.702 x) */
@inline
export function quickGeluDerivative(x: v128): v128 {
  const z = f32x4.mul(x, splat(1.702));
  const s = sigmoid(z);
  return fma(f32x4.mul(z, s), f32x4.sub(splat(1), s), s);
}

/** Whether a number is neither infinite nor NaN. */
@inline
export function isFinite(value: f32): bool { return (reinterpret<u32>(value) & 0x7f800000) != 0x7f800000; }
