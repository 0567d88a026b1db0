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

/** Copies `count` floats. For a token's row, `memory.copy`, which engines make a call of the host's, takes twice as long. */
export function copyFloats(from: usize, to: usize, count: i32): void {
  let i = 0;
  for (; i + 16 <= count; i += 16, from += 64, to += 64) {
    v128.store(to, v128.load(from)); v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32); v128.store(to, v128.load(from, 48), 48);
  }
  for (; i < count; i += 4, from += 16, to += 16) storeSome(to, loadSome(from, count - i), count - i);
}

// The coefficients of functions are in memory, because engines build a vector constant again at each use, which would take twice as long
// as the arithmetic.
@inline
export function tableAt(table: usize, index: usize): v128 { return v128.load32_splat(table + (index << 2)); }

/**
 * The range that is kept; 1 / ln 2; ln 2 in two parts; the polynomial's coefficients from the highest power down to r^2 / 2; 1; 3 * 2^22.
 */
export const EXP = memory.data<f32>([
  88, -87, 1.44269504088896, -0.693359375, 2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 12582912,
]);
/** The bits of 1. */
export const ONES = memory.data<i32>([0x3f800000]);

/**
 * e^x: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial of degree 7 in r (Cephes' coefficients, S. Moshier), 2^n by the exponent's
 * bits. The relative error is below 2e-7. Below -87 and above 88 it is constant. NaN stays NaN. A sum with 3 * 2^22 is rounded to a whole
 * number, whose last bits are those of n.
 */
@inline
export function exp(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, tableAt(EXP, 0)), tableAt(EXP, 1));
  const shifted = f32x4.add(f32x4.mul(within, tableAt(EXP, 2)), tableAt(EXP, 12));
  const n = f32x4.sub(shifted, tableAt(EXP, 12));
  let r = fma(n, tableAt(EXP, 3), within);
  r = fma(n, tableAt(EXP, 4), r);
  let p = fma(tableAt(EXP, 5), r, tableAt(EXP, 6));
  p = fma(p, r, tableAt(EXP, 7));
  p = fma(p, r, tableAt(EXP, 8));
  p = fma(p, r, tableAt(EXP, 9));
  p = fma(p, r, tableAt(EXP, 10));
  p = fma(f32x4.mul(p, r), r, f32x4.add(r, tableAt(EXP, 11)));
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), tableAt(ONES, 0)));
}

/** e^x of one number, with the bits of {@link exp}. */
@inline
export function exp1(x: f32): f32 { return f32x4.extract_lane(exp(splat(x)), 0); }

@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(tableAt(EXP, 11), f32x4.add(tableAt(EXP, 11), exp(f32x4.neg(x))));
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
