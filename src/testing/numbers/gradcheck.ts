import { expectClose } from './closeness.js';

/**
 * Compares an analytic gradient with central differences (f(x + h) - f(x - h)) / 2h, h = 1e-5 of each element's scale.
 *
 * In float64 the truncation error is about h² = 1e-10 and the cancellation about 1e-16 / h = 1e-11 of f, so a relative bound of 1e-6
 * leaves a wide margin and still finds any wrong factor. The function must be smooth at `x`: choose inputs away from merge ties.
 *
 * @param f scalar function of `x`, called with `x` changed in place at one element.
 * @param only the indices to test; all by default.
 */
export function expectGradient(
  name: string,
  f: () => number,
  x: Float64Array,
  analytic: Float64Array,
  { only, bound = 1e-6 }: { only?: readonly number[]; bound?: number } = {},
): void {
  const indices = only ?? Array.from(x, (_, i) => i);
  const numeric = indices.map((i) => {
    const value = x[i]!;
    const h = 1e-5 * Math.max(1, Math.abs(value));
    x[i] = value + h;
    const above = f();
    x[i] = value - h;
    const below = f();
    x[i] = value;
    return (above - below) / (2 * h);
  });
  expectClose(
    name,
    indices.map((i) => analytic[i]!),
    numeric,
    bound,
  );
}

/** Σ a b: a scalar whose gradient in `a` is `b`, to turn a function's output into one number. */
export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
