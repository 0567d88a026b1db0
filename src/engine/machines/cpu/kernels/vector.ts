// Four floats at a time: the arithmetic that every kernel shares. RELAXED is a constant of the build (scripts/build-kernels.mjs):
// with relaxed SIMD a product and its sum are one instruction with one rounding, without it they are two with two.

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

/**
 * e^x: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 6 in r (Cephes' coefficients, S. Moshier), 2^n by the exponent's
 * bits. Within 2e-7 of the true value, relatively; past -87 and 88 it stays where it is there. NaN stays NaN.
 */
@inline
export function exp(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, splat(88)), splat(-87));
  const n = f32x4.nearest(f32x4.mul(within, splat(1.44269504088896)));
  let r = fma(n, splat(-0.693359375), within);
  r = fma(n, splat(2.12194440e-4), r);
  let p = splat(1.9875691500e-4);
  p = fma(p, r, splat(1.3981999507e-3));
  p = fma(p, r, splat(8.3334519073e-3));
  p = fma(p, r, splat(4.1665795894e-2));
  p = fma(p, r, splat(1.6666665459e-1));
  p = fma(p, r, splat(5.0000001201e-1));
  p = fma(f32x4.mul(p, r), r, f32x4.add(r, splat(1)));
  return f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23));
}

/** e^x of one number, with the bits of {@link exp}. */
@inline
export function exp1(x: f32): f32 { return f32x4.extract_lane(exp(splat(x)), 0); }

const ERF_END: f32 = 3.92;

/**
 * The error function as x P(x^2) / Q(x^2), both of degree 5, fitted for the least largest error on |x| <= 3.92 (1.7e-8 before
 * rounding, 4.5e-7 in float32); beyond it is 1 to the last bit. NaN stays NaN.
 */
@inline
export function erf(x: v128): v128 {
  const end = splat(ERF_END);
  const s = f32x4.pmin(f32x4.mul(x, x), splat(ERF_END * ERF_END));
  let p = splat(2.03472649e-6);
  p = fma(p, s, splat(2.87478849e-4));
  p = fma(p, s, splat(3.8683293e-3));
  p = fma(p, s, splat(5.30604856e-2));
  p = fma(p, s, splat(1.92764193e-1));
  p = fma(p, s, splat(1.12837902));
  let q = splat(3.80705236e-5);
  q = fma(q, s, splat(1.18811448e-3));
  q = fma(q, s, splat(1.51723004e-2));
  q = fma(q, s, splat(1.15084663e-1));
  q = fma(q, s, splat(5.04164484e-1));
  q = fma(q, s, splat(1));
  const one = v128.or(v128.and(x, i32x4.splat(<i32>0x80000000)), splat(1));
  return v128.bitselect(one, f32x4.div(f32x4.mul(x, p), q), f32x4.gt(f32x4.abs(x), end));
}

/** x Phi(x), the exact (erf) GELU. */
@inline
export function gelu(x: v128): v128 {
  const half = f32x4.mul(x, splat(0.5));
  return fma(half, erf(f32x4.mul(x, splat(0.70710678118654752))), half);
}

/** Phi(x) + x phi(x) */
@inline
export function geluDerivative(x: v128): v128 {
  const phi = f32x4.mul(exp(f32x4.mul(f32x4.mul(x, x), splat(-0.5))), splat(0.39894228040143268));
  return fma(x, phi, fma(splat(0.5), erf(f32x4.mul(x, splat(0.70710678118654752))), splat(0.5)));
}

@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(splat(1), f32x4.add(splat(1), exp(f32x4.neg(x))));
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
