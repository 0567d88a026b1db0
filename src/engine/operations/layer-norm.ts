import { defineOperation, type Dropout } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type LayerNormTensors = {
  /** [B N, C] */
  readonly x: Tensor;
  /** [C] */
  readonly gamma: Tensor;
  /** [C] */
  readonly beta: Tensor;
  /** [rows, C] */
  readonly y: Tensor;
  /** [rows, C]: y with dropout. */
  readonly dropped?: Tensor;
  /** [rows, 2]: mean and reciprocal standard deviation of each row, for the backward. */
  readonly stats?: Tensor;
};

type LayerNormBackwardTensors = {
  /** [xRows, C] */
  readonly x: Tensor;
  readonly stats: Tensor;
  readonly gamma: Tensor;
  /** [rows, C] */
  readonly dy: Tensor;
  /** [xRows, C]: is added. */
  readonly passing?: Tensor;
  /** [xRows, C] */
  readonly dx: Tensor;
};

type LayerNormWeightGradientTensors = {
  /** [xRows, C] */
  readonly x: Tensor;
  readonly stats: Tensor;
  /** [rows, C] */
  readonly dy: Tensor;
  /** [C] */
  readonly dgamma: Tensor;
  /** [C] */
  readonly dbeta: Tensor;
};

export interface LayerNormCall {
  /** Rows of y. */
  readonly rows: number;
  /** C */
  readonly channels: number;
  readonly epsilon: number;
  /** The dropout of `dropped`; null where there is none. */
  readonly drop: Dropout | null;
  readonly pick: RowPick;
}

/** Which rows of x are normalised: row i of y is row i * every + offset of x. */
export interface RowPick {
  readonly every: number;
  readonly offset: number;
}

export interface LayerNormBackwardCall {
  /** Rows of x and dx; for rows that were not picked dx is `passing`, or zero. */
  readonly xRows: number;
  /** C */
  readonly channels: number;
  /** For who computes the statistics again. */
  readonly epsilon: number;
  readonly pick: RowPick;
}

export interface LayerNormWeightGradientCall {
  /** Rows of dy. */
  readonly rows: number;
  /** C */
  readonly channels: number;
  /** For who computes the statistics again. */
  readonly epsilon: number;
  readonly pick: RowPick;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    layerNorm: { tensors: LayerNormTensors; call: LayerNormCall };
    layerNormBackward: { tensors: LayerNormBackwardTensors; call: LayerNormBackwardCall };
    layerNormWeightGradient: { tensors: LayerNormWeightGradientTensors; call: LayerNormWeightGradientCall };
  }
}

/** dx = passing + rstd (g - mean(g) - xhat mean(g xhat)), g = dy * gamma, xhat = (x - mean) rstd. */
const layerNormBackwardDefinition = defineOperation({
  kind: 'layerNormBackward',
  access: { x: 'read', stats: 'read', gamma: 'read', dy: 'read', passing: 'read', dx: 'write' },
});

/** dgamma = sum over rows of dy xhat, dbeta = sum over rows of dy. */
const layerNormWeightGradientDefinition = defineOperation({
  kind: 'layerNormWeightGradient',
  access: { x: 'read', stats: 'read', dy: 'read', dgamma: 'write', dbeta: 'write' },
});

const layerNormDefinition = defineOperation({
  kind: 'layerNorm',
  access: { x: 'read', gamma: 'read', beta: 'read', y: 'write', dropped: 'write', stats: 'write' },
  flows: ['x'],
  spare: ['dropped', 'stats'],
  roundable: ['y', 'dropped'],
  ends({ tensors: { y, dropped }, call: { drop } }) {
    return dropped && drop ? [[dropped, { sum: y, drop }]] : [];
  },
  backward(tape, { label, tensors: { x, gamma, beta, y, stats }, call: { rows, channels, epsilon, pick } }) {
    const dy = tape.gradientOf(y);
    if (!dy || !stats) return;
    const [dgamma, dbeta] = [tape.intoWeight(gamma), tape.intoWeight(beta)];
    if (dgamma && dbeta) {
      const call = { rows, channels, epsilon, pick };
      const tensors = { x, stats, dy, dgamma, dbeta };
      tape.record({ definition: layerNormWeightGradientDefinition, label: `d ${label} weight`, tensors, call });
    }
    const target = tape.into(x);
    if (!target) return;
    if (target.end) throw new Error(`${label}: its input went through an end, whose derivative it does not apply`);
    const { gradient: dx, passing } = target;
    tape.record({
      definition: layerNormBackwardDefinition,
      label: `d ${label}`,
      tensors: { x, stats, gamma, dy, ...(passing ? { passing } : {}), dx },
      call: { xRows: x.length / channels, channels, epsilon, pick },
    });
  },
});

export interface LayerNorm {
  readonly label: string;
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  /** C */
  readonly channels: number;
  readonly epsilon: number;
  /** Adds a second output with dropout, for LoRA's input. */
  readonly drop?: Dropout | undefined;
  /** All rows by default. */
  readonly pick?: RowPick;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) * gamma + beta over the channels of each row. `dropped` is y with dropout, or y itself without
 * `drop`.
 */
export function layerNorm(recorder: Recorder, given: LayerNorm): { readonly y: Tensor; readonly dropped: Tensor } {
  const { label, x, gamma, beta, channels, epsilon, drop, pick = { every: 1, offset: 0 } } = given;
  const rows = x.length / channels / pick.every;
  const y = recorder.tensor(label, rows * channels);
  const dropped = drop ? recorder.tensor(`${label} dropped`, rows * channels) : undefined;
  const stats = recorder.tensor(`${label} stats`, rows * 2);
  recorder.record({
    definition: layerNormDefinition,
    label,
    tensors: { x, gamma, beta, y, ...(dropped ? { dropped } : {}), stats },
    call: { rows, channels, epsilon, drop: drop ?? null, pick },
  });
  return { y, dropped: dropped ?? y };
}
