import { requireLength } from './shapes.js';

export interface AdamWOptions {
  readonly learningRate: number;
  /** Decoupled weight decay; the recipe uses 0 for tensors of one dimension. */
  readonly weightDecay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** The recipe's values, which are PyTorch's defaults. */
export const ADAMW_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * One step of AdamW as in PyTorch (Loshchilov and Hutter, arXiv 1711.05101): w *= 1 - lr wd; m = β1 m + (1 - β1) g; v = β2 v + (1 - β2) g²;
 * w -= lr m̂ / (sqrt(v̂) + eps), m̂ = m / (1 - β1ᵗ), v̂ = v / (1 - β2ᵗ).
 *
 * weight, gradient, m and v have the same length; weight, m and v are changed in place.
 */
export function adamw(
  weight: Float64Array,
  gradient: Float64Array,
  m: Float64Array,
  v: Float64Array,
  options: AdamWOptions,
): void {
  const { learningRate, weightDecay, beta1, beta2, epsilon, step } = options;
  requireLength('adamw: gradient', gradient, weight.length);
  requireLength('adamw: m', m, weight.length);
  requireLength('adamw: v', v, weight.length);
  for (let i = 0; i < weight.length; i++) {
    const g = gradient[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * g;
    v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
    const mHat = m[i]! / (1 - beta1 ** step);
    const vHat = v[i]! / (1 - beta2 ** step);
    weight[i] = weight[i]! * (1 - learningRate * weightDecay) - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
  }
}
