import { requireLength } from '../shapes.js';

/**
 * y = x * mask: the mask is drawn elsewhere and holds 0 (dropped) or 1 / (1 - p) (kept). Its backward is itself: dx = dy * mask.
 *
 * x, mask of one length; returns y.
 */
export function dropout(x: Float64Array, mask: Float64Array): Float64Array {
  requireLength('dropout: mask', mask, x.length);
  return x.map((value, i) => value * mask[i]!);
}

/**
 * Stochastic depth: y[b] = x[b] * mask[b], one number an image, 0 or 1 / (1 - p). Its backward is itself.
 *
 * x [B, ...], mask [B]; returns y [B, ...].
 */
export function dropPath(x: Float64Array, mask: Float64Array): Float64Array {
  const each = x.length / mask.length;
  if (!Number.isInteger(each))
    throw new RangeError(`dropPath: x has ${x.length} numbers, which ${mask.length} images do not divide`);
  return x.map((value, i) => value * mask[Math.floor(i / each)]!);
}
