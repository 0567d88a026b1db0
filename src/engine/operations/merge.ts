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

/** What the modulation makes of each picture's pairs. */
export type ModulationOutputs = {
  /** [B, r, C]: the pairs' LayerNorm before its affine. */
  readonly normalised: Tensor;
  /** [B, r]: 1 / standard deviation of each pair's sum. */
  readonly rstd: Tensor;
  /** [B, C]: g_D in 0..2; with this half alone g_D - 1, in -1..1; ones where the half is off. */
  readonly gChannels: Tensor;
  /** [B, r]: g_r in -1..1, ones where the half is off; 0 for pairs that were never trained. */
  readonly gPairs: Tensor;
};

type MergeTensors = Partial<ModulationWeights> &
  Partial<ModulationOutputs> & {
    /** [B, N, C] */
    readonly x: Tensor;
    /** [B, N]: how many patches each token stands for; left out where all stand for one. */
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
    /** [B, N, C]; left out where nothing below learns. */
    readonly dx?: Tensor;
    /** Of the modulation's weights, each as long as its weight. */
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
  /** T: tokens in front that stay where they are. */
  readonly protectedTokens: number;
  /** What a token that merges away counts: the patches that it stands for, or nothing. */
  readonly weight: Reducer['weight'];
  /** PYRA's, by channels, by pairs or both; null where tokens are taken as they are. */
  readonly modulation: Modulation | null;
  /** Of the pairs, most similar first, those that have weights: the others merge as they are, g_r = 0. */
  readonly trainedPairs: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    merge: { tensors: MergeTensors; call: MergeCall };
    mergeBackward: { tensors: MergeBackwardTensors; call: MergeCall };
  }
}

/** Whether a pair has a factor of its own: g_r, or 0 where it was never trained. */
export const weighsPairs = ({ modulation, trainedPairs, r }: MergeCall): boolean =>
  modulation !== null && (modulation.pairs || trainedPairs < r);

/** Of PyTorch's `nn.LayerNorm`, which the released modules keep. */
export const MODULATION_EPSILON = 1e-5;

/**
 * dw = dout[row] / outSize[row]; dx = w_n (dw (1 + g_D g_r where n merged away) + the gradient through the modulation's LayerNorm).
 * With u = dw * src: dg_D = sum over pairs of u g_r, dg_r = sum over channels of u g_D, on to a, b, gamma and beta.
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
  // r C for each of the modulation's halves.
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
  /** All of them where it is not said. */
  readonly trainedPairs?: number | undefined;
  readonly x: Tensor;
  readonly size?: Tensor | undefined;
  /** Where the call modulates. */
  readonly weights?: ModulationWeights | undefined;
}

export interface Merged {
  readonly out: Tensor;
  readonly outSize: Tensor;
  readonly modulated?: ModulationOutputs;
}

/**
 * The one reducer: out[row] = (sum of w_n x_n) / (sum of w_n) over the tokens that meet in a row, w by the call's weight. Under
 * PYRA's modulation (arXiv 2403.09192) a token that merges away first becomes src + src g_D g_r, with M = LayerNorm(src + dst) of
 * the weighted pair, g_D = 2 sigmoid(aᵀ M) and g_r = 2 sigmoid(M b) - 1; sizes are not modulated.
 *
 * So that training starts from plain merging, `pyra_b` starts at zero. With the channels' half alone the factor is g_D - 1, and it
 * is `pyra_a` that must start at zero.
 *
 * Of pairs that were never trained, the least similar of a block that merges more than it did in training, g_r is 0: they merge as
 * ToMe merges them, whatever the halves.
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
