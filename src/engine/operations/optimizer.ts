import { defineOperation } from '../plan/operation.js';
import type { UpdateValues } from '../plan/machine.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

/** The recipe's AdamW: betas .9 and .999, epsilon 1e-8. */
export const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** A parameter group is stored for each run of this many elements. */
export const GROUP_LENGTH = 64;
/** The bits of a parameter group. */
export const GROUP_BITS = { pyraRate: 1, decays: 2 } as const;

type AdamWTensors = {
  /** [2]: the loss and the hits of the batch. */
  readonly result: Tensor;
  /** [length], like the weights and their moments. */
  readonly gradient: Tensor;
  /** [length / GROUP_LENGTH] unsigned */
  readonly groups: Tensor;
  /** [4] unsigned: the first becomes nonzero when a loss or a gradient is not finite. */
  readonly health: Tensor;
  readonly weight: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
};

export interface AdamWCall {
  readonly length: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    adamw: { tensors: AdamWTensors; call: AdamWCall };
  }
}

const adamwDefinition = defineOperation({
  kind: 'adamw',
  access: {
    ...{ result: 'read', gradient: 'read', groups: 'read' },
    ...{ health: 'update', weight: 'update', firstMoment: 'update', secondMoment: 'update' },
  },
});

/**
 * One AdamW step with decoupled weight decay over all trained weights. It does nothing once a loss or a gradient of the run was not finite:
 *   w -= rate decay w;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g²;  w -= rate (m / c1) / (sqrt(v / c2) + eps) The rates, the decay and
 *   the corrections c are those of the step ({@link updateValues}).
 */
export function adamw(recorder: Recorder, { label, ...tensors }: AdamWTensors & { readonly label: string }): void {
  recorder.record({ definition: adamwDefinition, label, tensors, call: { length: tensors.weight.length } });
}

export interface StepRates {
  /** 0-based number of the step in the whole run. It keys dropout; AdamW's bias correction uses number + 1. */
  readonly number: number;
  readonly learningRate: number;
  readonly pyraLearningRate: number;
  readonly weightDecay: number;
}

/** The values that the update of a step uses. */
export function updateValues({ number, learningRate, pyraLearningRate, weightDecay }: StepRates): UpdateValues {
  return {
    corrections: [1 - ADAMW.beta1 ** (number + 1), 1 - ADAMW.beta2 ** (number + 1)],
    rates: [learningRate, pyraLearningRate],
    decay: weightDecay,
  };
}
