import { requireLength } from '../shapes.js';

export interface LinearShape {
  /** M: rows of x, B * N for tokens. */
  readonly rows: number;
  /** I: length of a row of x. */
  readonly inputs: number;
  /** O: length of a row of y. */
  readonly outputs: number;
}

/**
 * y = x Wᵀ + b, as PyTorch's `Linear`.
 *
 * x [M, I], weight [O, I], bias [O] or null; returns y [M, O].
 */
export function linear(x: Float64Array, weight: Float64Array, bias: Float64Array | null, shape: LinearShape): Float64Array {
  const { rows, inputs, outputs } = shape;
  requireLength('linear: x', x, rows, inputs);
  requireLength('linear: weight', weight, outputs, inputs);
  if (bias) requireLength('linear: bias', bias, outputs);
  const y = new Float64Array(rows * outputs);
  for (let m = 0; m < rows; m++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias ? bias[o]! : 0;
      for (let i = 0; i < inputs; i++) sum += x[m * inputs + i]! * weight[o * inputs + i]!;
      y[m * outputs + o] = sum;
    }
  }
  return y;
}

/**
 * dx = dy W, dW = dyᵀ x, db = Σ over rows of dy.
 *
 * dy [M, O], x [M, I], weight [O, I]; returns dx [M, I], dweight [O, I], dbias [O].
 */
export function linearBackward(
  dy: Float64Array,
  x: Float64Array,
  weight: Float64Array,
  shape: LinearShape,
): { dx: Float64Array; dweight: Float64Array; dbias: Float64Array } {
  const { rows, inputs, outputs } = shape;
  requireLength('linearBackward: dy', dy, rows, outputs);
  requireLength('linearBackward: x', x, rows, inputs);
  requireLength('linearBackward: weight', weight, outputs, inputs);
  const dx = new Float64Array(rows * inputs);
  const dweight = new Float64Array(outputs * inputs);
  const dbias = new Float64Array(outputs);
  for (let m = 0; m < rows; m++) {
    for (let o = 0; o < outputs; o++) {
      const gradient = dy[m * outputs + o]!;
      dbias[o]! += gradient;
      for (let i = 0; i < inputs; i++) {
        dx[m * inputs + i]! += gradient * weight[o * inputs + i]!;
        dweight[o * inputs + i]! += gradient * x[m * inputs + i]!;
      }
    }
  }
  return { dx, dweight, dbias };
}
