import type { Modulation, Reducer } from '../../vit/methods/unit.js';
import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';
import type { Matching } from './match.js';

/** PYRA's four trained weights of a block. */
export type ModulationWeights = {
  /** [r], `pyra_a`: row i weighs the i-th most similar pair. */
  readonly a: Tensor;
  /** [C], `pyra_b` */
  readonly b: Tensor;
  /** [C], `pyra_norm.weight` */
  readonly gamma: Tensor;
  /** [C], `pyra_norm.bias` */
  readonly beta: Tensor;
};

/** The intermediate results of the modulation. */
export type ModulationOutputs = {
  /** [B, r, C]: the normalised sums of the pairs, before gamma and beta. */
  readonly normalised: Tensor;
  /** [B, r]: the reciprocal standard deviation of each pair's sum. */
  readonly rstd: Tensor;
  /** [B, C]: g_D, from 0 to 2. If only the channels' half is on, g_D - 1, from -1 to 1; if that half is off, ones. */
  readonly gChannels: Tensor;
  /** [B, r]: g_r, from -1 to 1; ones if the pairs' half is off; 0 for pairs that were never trained. */
  readonly gPairs: Tensor;
};

type MergeTensors = Partial<ModulationWeights> &
  Partial<ModulationOutputs> & {
    /** [B, N, C] */
    readonly x: Tensor;
    /** [B, N]: the number of patches in each token; left out where each is one patch. */
    readonly size?: Tensor;
    readonly pairs: Tensor;
    readonly rowOf: Tensor;
    readonly originOf: Tensor;
    /** [B, N - r, C] */
    readonly out: Tensor;
    /** [B, N - r] */
    readonly outSize: Tensor;
  };

type MergeBackwardTensors = Partial<ModulationWeights> &
  Partial<ModulationOutputs> & {
    /** [B, N - r, C] */
    readonly dout: Tensor;
    readonly x: Tensor;
    readonly size?: Tensor;
    readonly pairs: Tensor;
    readonly rowOf: Tensor;
    readonly outSize: Tensor;
    /** [B, N, C]; left out where the input depends on no trained weight. */
    readonly dx?: Tensor;
    /** The gradients of the modulation's weights, each as long as its weight. */
    readonly da?: Tensor;
    readonly db?: Tensor;
    readonly dgamma?: Tensor;
    readonly dbeta?: Tensor;
  };

export interface MergeCall {
  /** B */
  readonly images: number;
  /** N */
  readonly tokens: number;
  /** C */
  readonly channels: number;
  /** Pairs that merge. */
  readonly r: number;
  /** T: tokens in front that keep their place. */
  readonly protectedTokens: number;
  /** The weight of a token that merges away: its number of patches, or zero. */
  readonly weight: Reducer['weight'];
  /** PYRA's modulation by channels, by pairs or both; null for plain merging. */
  readonly modulation: Modulation | null;
  /** The number of pairs, the most similar first, that have trained weights; the others merge without modulation, g_r = 0. */
  readonly trainedPairs: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    merge: { tensors: MergeTensors; call: MergeCall };
    mergeBackward: { tensors: MergeBackwardTensors; call: MergeCall };
  }
}

/** Whether pairs have factors of their own: g_r, or 0 for pairs that were never trained. */
export const weighsPairs = ({ modulation, trainedPairs, r }: MergeCall): boolean =>
  modulation !== null && (modulation.pairs || trainedPairs < r);

/** The default of PyTorch's `nn.LayerNorm`, which the released modules use. */
export const MODULATION_EPSILON = 1e-5;

/**
 * dw = dout[row] / outSize[row]; dx = w_n (dw, times 1 + g_D g_r where n merged away, plus the gradient through the modulation's
 * LayerNorm). With u = dw * src: dg_D = sum over pairs of u g_r, dg_r = sum over channels of u g_D; from these follow the gradients of a,
 * b, gamma and beta.
 */
const mergeBackwardDefinition = defineOperation({
  kind: 'mergeBackward',
  access: {
    ...{ dout: 'read', x: 'read', size: 'read', pairs: 'read', rowOf: 'read', outSize: 'read' },
    ...{ a: 'read', b: 'read', gamma: 'read', beta: 'read' },
    ...{ normalised: 'read', rstd: 'read', gChannels: 'read', gPairs: 'read' },
    ...{ dx: 'write', da: 'write', db: 'write', dgamma: 'write', dbeta: 'write' },
  },
});

const mergeDefinition = defineOperation({
  kind: 'merge',
  access: {
    ...{ x: 'read', size: 'read', pairs: 'read', rowOf: 'read', originOf: 'read' },
    ...{ a: 'read', b: 'read', gamma: 'read', beta: 'read' },
    ...{ normalised: 'write', rstd: 'write', gChannels: 'write', gPairs: 'write', out: 'write', outSize: 'write' },
  },
  flows: ['x'],
  spare: ['normalised', 'rstd', 'gChannels', 'gPairs'],
  roundable: ['normalised', 'out'],
  // Each half of the modulation takes r C.
  macs: ({ images, r, channels, modulation }) =>
    modulation ? images * r * channels * (Number(modulation.channels) + Number(modulation.pairs)) : 0,
  backward(tape, { label, tensors, call }) {
    const { originOf: _originOf, out, outSize, ...read } = tensors;
    const dout = tape.gradientOf(out);
    if (!dout) return;
    const dx = tape.intoAlone(read.x);
    const [da, db, dgamma, dbeta] = [read.a, read.b, read.gamma, read.beta].map((weight) => tape.intoWeight(weight));
    if (!dx && !da) return;
    const gradients = { ...(dx ? { dx } : {}), ...(da && db && dgamma && dbeta ? { da, db, dgamma, dbeta } : {}) };
    tape.record({
      definition: mergeBackwardDefinition,
      label: `d ${label}`,
      tensors: { ...read, dout, outSize, ...gradients },
      call,
    });
  },
});

export interface Merge extends Omit<MergeCall, 'trainedPairs'>, Pick<Matching, 'pairs' | 'rowOf' | 'originOf'> {
  readonly label: string;
  /** All pairs where left out. */
  readonly trainedPairs?: number | undefined;
  readonly x: Tensor;
  readonly size?: Tensor | undefined;
  /** The modulation's weights; undefined where `modulation` is null. */
  readonly weights?: ModulationWeights | undefined;
}

export interface Merged {
  readonly out: Tensor;
  readonly outSize: Tensor;
  readonly modulated?: ModulationOutputs;
}

/**
 * Merges tokens, for every method: out[row] = (sum of w_n x_n) / (sum of w_n) over the tokens n that go to the row, with w by the call's
 * `weight`. With PYRA's modulation (arXiv 2403.09192) a token that merges away first becomes src + src g_D g_r, where M = LayerNorm(src +
 * dst) of the weighted pair, g_D = 2 sigmoid(aᵀ M) and g_r = 2 sigmoid(M b) - 1. Sizes are not modulated.
 *
 * `pyra_b` starts at zero, so that training starts from plain merging. With the channels' half alone the factor is g_D - 1, and `pyra_a`
 * must start at zero instead.
 *
 * If a block merges more pairs than in training, the least similar ones were never trained. For these g_r is 0: they merge as in ToMe.
 */
export function merge(recorder: Recorder, given: Merge): Merged {
  const { label, x, size, pairs, rowOf, originOf, weights, images, tokens, channels, r, protectedTokens, weight, modulation } =
    given;
  const left = tokens - r;
  const modulated: ModulationOutputs | undefined = modulation
    ? {
        normalised: recorder.tensor(`${label} normalised`, images * r * channels),
        rstd: recorder.tensor(`${label} rstd`, images * r),
        gChannels: recorder.tensor(`${label} g_D`, images * channels),
        gPairs: recorder.tensor(`${label} g_r`, images * r),
      }
    : undefined;
  const out = recorder.tensor(label, images * left * channels);
  const outSize = recorder.tensor(`${label} size`, images * left);
  recorder.record({
    definition: mergeDefinition,
    label,
    tensors: { x, ...(size ? { size } : {}), pairs, rowOf, originOf, ...weights, ...modulated, out, outSize },
    call: { images, tokens, channels, r, protectedTokens, weight, modulation, trainedPairs: given.trainedPairs ?? r },
  });
  return { out, outSize, ...(modulated ? { modulated } : {}) };
}
