/**
 * The error function in double precision by its series, erf(x) = 2/sqrt(pi) exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · ... · (2n + 1)) (Abramowitz and
 * Stegun 7.1.6): all terms have the same sign, so nothing cancels. Beyond 6 it rounds to 1.
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (magnitude > 6) return Math.sign(x);
  let term = magnitude;
  let sum = term;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * magnitude * magnitude) / (2 * n + 1);
    sum += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-magnitude * magnitude) * sum;
}

/** The normal distribution's cumulative function Φ. */
const cumulative = (x: number): number => 0.5 * (1 + erf(x / Math.SQRT2));

/** y = x Φ(x), the exact (erf) GELU, elementwise. */
export function gelu(x: Float64Array): Float64Array {
  return x.map((value) => value * cumulative(value));
}

/** dx = dy (Φ(x) + x φ(x)) with the normal density φ, elementwise. */
export function geluBackward(dy: Float64Array, x: Float64Array): Float64Array {
  return x.map((value, i) => dy[i]! * (cumulative(value) + (value * Math.exp(-0.5 * value * value)) / Math.sqrt(2 * Math.PI)));
}
