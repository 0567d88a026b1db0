// The kernels of the CPU machine: one module, on one memory that the host creates.
export { assembleTokens, assembleTokensBackward, patchesFromBytes, patchesFromFloats } from './patches';
export { attention, attentionScratch } from './attention/forward';
export { attentionBackward, attentionBackwardScratch } from './attention/backward';
export { firstTokens, firstTokensBackward } from './first-tokens';
export { packHalf, unpackHalf } from './half';
export { gammaGradient, layerNorm, layerNormBackward } from './layer-norm';
export { linear, linearScratch } from './linear/linear';
export { crossEntropy, lossSummary } from './loss';
export { bestPartners, drawPartners, followTokens, matchScratch, pairTokens, rankPairs } from './merge/match';
export { merge, mergeBackward } from './merge/merge';
export { adamw, addInto, checkGradient } from './optimizer';
export { packTurned, packWeight } from './linear/panels';
export { pyraModulation, pyraStrength } from './pyra/forward';
export { pyraBackward, pyraBackwardScratch } from './pyra/backward';
export { biasGradient, keepRows, weightGradient, weightGradientScratch } from './linear/weight-gradient';

/** The address of the first byte that the host may use. */
export function heapBase(): usize { return __heap_base; }
