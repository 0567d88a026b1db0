import { ADAMW } from '../../../operations/optimizer.js';
import type { Operation } from '../../../plan/operation.js';
import type { Lowering } from '../lowering.js';

export function lowerCutPatches(lowering: Lowering, { tensors: { pixels, patches }, call }: Operation<'cutPatches'>): void {
  const { images, imageSize, patchSize, normalise } = call;
  const numbers = [lowering.at(pixels), lowering.at(patches), images, imageSize, patchSize, Math.floor(imageSize / patchSize)];
  if (!normalise) lowering.call('patchesFromFloats', ...numbers);
  else lowering.call('patchesFromBytes', ...numbers, ...normalise.mean, ...normalise.std.map((std) => 1 / std));
}

export function lowerAssembleTokens(lowering: Lowering, { tensors, call }: Operation<'assembleTokens'>): void {
  const { embedded, prefix, positions, x } = tensors;
  const at = [embedded, prefix, positions, x].map((tensor) => lowering.at(tensor));
  lowering.call('assembleTokens', ...at, call.images, call.patches, call.protectedTokens, call.channels);
}

export function lowerAssembleTokensBackward(lowering: Lowering, operation: Operation<'assembleTokensBackward'>): void {
  const { tensors, call } = operation;
  const { dx, dembedded, dprefix, dpositions } = tensors;
  const at = [dx, dembedded, dprefix, dpositions].map((tensor) => lowering.at(tensor));
  lowering.call('assembleTokensBackward', ...at, call.images, call.patches, call.protectedTokens, call.channels);
}

/** The loss of a group. The step's loss is the sum over the groups, and the update checks whether it is finite. */
export function lowerCrossEntropy(lowering: Lowering, { tensors, call }: Operation<'crossEntropy'>): void {
  const { logits, labels, weights, dlogits, result } = tensors;
  const { images, classes, scale } = call;
  const rowBytes = 8 * images;
  const rows = lowering.scratch(rowBytes + 4 * images * classes + 4);
  const gradient = dlogits ? lowering.at(dlogits) : rows + rowBytes;
  const health = rows + rowBytes + 4 * images * classes;
  const read = [lowering.at(logits), lowering.at(labels), weights ? lowering.at(weights) : 0];
  lowering.call('crossEntropy', ...read, gradient, rows, images, classes, scale, lowering.step);
  lowering.call('lossSummary', rows, lowering.at(result), health, images, lowering.step);
}

export function lowerAdamW(lowering: Lowering, { tensors, call }: Operation<'adamw'>): void {
  const { result, gradient, groups, health, weight, firstMoment, secondMoment } = tensors;
  lowering.call('checkGradient', lowering.at(result), lowering.at(health), result.length);
  lowering.call('checkGradient', lowering.at(gradient), lowering.at(health), call.length);
  lowering.call(
    'adamw',
    ...[gradient, groups, health, weight, firstMoment, secondMoment].map((tensor) => lowering.at(tensor)),
    ...[call.length, ADAMW.beta1, ADAMW.beta2, ADAMW.epsilon, lowering.step],
  );
}
