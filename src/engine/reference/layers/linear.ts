import { requireLength } from '../shapes.js';

export interface LinearShape {
  /** M: rows of a, B * N for tokens. */
  readonly rows: number;
  /** K: length of a row of a. */
  readonly depth: number;
  /** N: length of a row of out. */
  readonly columns: number;
}

/**
 * out = a Wᵀ + b, as PyTorch's `Linear`.
 *
 * a [M, K], weight [N, K], bias [N] or null; returns out [M, N].
 */
export function linear(a: Float64Array, weight: Float64Array, bias: Float64Array | null, shape: LinearShape): Float64Array {
  const { rows, depth, columns } = shape;
  requireLength('linear: a', a, rows, depth);
  requireLength('linear: weight', weight, columns, depth);
  if (bias) requireLength('linear: bias', bias, columns);
  const out = new Float64Array(rows * columns);
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      let sum = bias ? bias[n]! : 0;
      for (let k = 0; k < depth; k++) sum += a[m * depth + k]! * weight[n * depth + k]!;
      out[m * columns + n] = sum;
    }
  }
  return out;
}

/**
 * da = dout W, dweight = doutᵀ a, dbias = Σ over rows of dout.
 *
 * dout [M, N], a [M, K], weight [N, K]; returns da [M, K], dweight [N, K], dbias [N].
 */
export function linearBackward(
  dout: Float64Array,
  a: Float64Array,
  weight: Float64Array,
  shape: LinearShape,
): { da: Float64Array; dweight: Float64Array; dbias: Float64Array } {
  const { rows, depth, columns } = shape;
  requireLength('linearBackward: dout', dout, rows, columns);
  requireLength('linearBackward: a', a, rows, depth);
  requireLength('linearBackward: weight', weight, columns, depth);
  const da = new Float64Array(rows * depth);
  const dweight = new Float64Array(columns * depth);
  const dbias = new Float64Array(columns);
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      const gradient = dout[m * columns + n]!;
      dbias[n]! += gradient;
      for (let k = 0; k < depth; k++) {
        da[m * depth + k]! += gradient * weight[n * depth + k]!;
        dweight[n * depth + k]! += gradient * a[m * depth + k]!;
      }
    }
  }
  return { da, dweight, dbias };
}
