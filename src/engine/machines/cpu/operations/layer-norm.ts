import type { Operation } from '../../../plan/operation.js';
import type { Lowering } from '../lowering.js';

/** Bits of `flags` in kernels/layer-norm.ts. */
const FLAGS = { save: 1, drop: 2 } as const;

export function lowerLayerNorm(lowering: Lowering, { tensors, call }: Operation<'layerNorm'>): void {
  const { x, gamma, beta, y, dropped, stats } = tensors;
  const { rows, channels, epsilon, drop, pick } = call;
  const drops = dropped && drop ? drop : undefined;
  lowering.call(
    'layerNorm',
    ...[x, gamma, beta, y, dropped, stats].map((tensor) => lowering.at(tensor)),
    ...[rows, channels, epsilon, pick.every, pick.offset, (stats ? FLAGS.save : 0) | (drops ? FLAGS.drop : 0)],
    ...[lowering.step, rows / lowering.images, drops?.site ?? 0, drops?.p ?? 0],
  );
}

export function lowerLayerNormBackward(lowering: Lowering, { tensors, call }: Operation<'layerNormBackward'>): void {
  const { x, stats, gamma, dy, passing, dx } = tensors;
  const { xRows, channels, pick } = call;
  const at = [x, stats, gamma, dy, passing, dx].map((tensor) => lowering.at(tensor));
  lowering.call('layerNormBackward', ...at, xRows, channels, pick.every, pick.offset);
}

export function lowerLayerNormWeightGradient(lowering: Lowering, operation: Operation<'layerNormWeightGradient'>): void {
  const { tensors, call } = operation;
  const { x, stats, dy, dgamma, dbeta } = tensors;
  const { rows, channels, pick } = call;
  const at = [x, stats, dy, dgamma].map((tensor) => lowering.at(tensor));
  lowering.call('gammaGradient', ...at, rows, channels, pick.every, pick.offset);
  lowering.call('biasGradient', lowering.at(dy), lowering.at(dbeta), rows, channels);
}
