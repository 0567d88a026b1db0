import { requireLength } from '../shapes.js';

/**
 * y = x * mask. The mask is drawn elsewhere; its elements are 0 (dropped) or 1 / (1 - p) (kept). The backward is the same: dx = dy * mask.
 *
 * x and mask have the same length; returns y.
 */
export function dropout(x: Float64Array, mask: Float64Array): Float64Array {
  requireLength('dropout: mask', mask, x.length);
  return x.map((value, i) => value * mask[i]!);
}

/**
 * Stochastic depth: y[b] = x[b] * mask[b], with 0 or 1 / (1 - p) for each image. The backward is the same.
 *
 * x [B, ...], mask [B]; returns y [B, ...].
 */
export function dropPath(x: Float64Array, mask: Float64Array): Float64Array {
  const each = x.length / mask.length;
  if (!Number.isInteger(each))
    throw new RangeError(`dropPath: x has ${x.length} numbers, which ${mask.length} images do not divide`);
  return x.map((value, i) => value * mask[Math.floor(i / each)]!);
}
