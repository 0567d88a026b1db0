import type { Kind, Operation } from '../../../plan/operation.js';
import type { Lowering } from '../lowering.js';
import { lowerAttention, lowerAttentionBackward } from './attention.js';
import { lowerFirstTokens, lowerFirstTokensBackward } from './first-tokens.js';
import { lowerPackHalf, lowerUnpackHalf } from './half.js';
import { lowerLayerNorm, lowerLayerNormBackward, lowerLayerNormWeightGradient } from './layer-norm.js';
import { lowerLinear, lowerLinearBackward, lowerWeightGradient } from './linear.js';
import {
  lowerDrawPairs,
  lowerMatch,
  lowerMerge,
  lowerMergeBackward,
  lowerModulationStrength,
  lowerPairTokens,
  lowerTrack,
} from './merge.js';
import { lowerAdamW, lowerAssembleTokens, lowerAssembleTokensBackward, lowerCrossEntropy, lowerCutPatches } from './step.js';

/** How each kind of operation is lowered to kernel calls. */
const LOWERINGS: { readonly [K in Kind]: (lowering: Lowering, operation: Operation<K>) => void } = {
  cutPatches: lowerCutPatches,
  assembleTokens: lowerAssembleTokens,
  assembleTokensBackward: lowerAssembleTokensBackward,
  firstTokens: lowerFirstTokens,
  firstTokensBackward: lowerFirstTokensBackward,
  layerNorm: lowerLayerNorm,
  layerNormBackward: lowerLayerNormBackward,
  layerNormWeightGradient: lowerLayerNormWeightGradient,
  packHalf: lowerPackHalf,
  unpackHalf: lowerUnpackHalf,
  linear: lowerLinear,
  linearBackward: lowerLinearBackward,
  weightGradient: lowerWeightGradient,
  attention: lowerAttention,
  attentionBackward: lowerAttentionBackward,
  match: lowerMatch,
  drawPairs: lowerDrawPairs,
  merge: lowerMerge,
  mergeBackward: lowerMergeBackward,
  track: lowerTrack,
  modulationStrength: lowerModulationStrength,
  pairTokens: lowerPairTokens,
  crossEntropy: lowerCrossEntropy,
  adamw: lowerAdamW,
};

export function lowerOperation<K extends Kind>(lowering: Lowering, operation: Operation<K>): void {
  LOWERINGS[operation.definition.kind](lowering, operation);
}
