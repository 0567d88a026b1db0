import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type FirstTokensTensors = {
  /** [B, N, C] */
  readonly x: Tensor;
  /** [B, kept, C] */
  readonly y: Tensor;
};

type FirstTokensBackwardTensors = {
  /** [B, kept, C] */
  readonly dy: Tensor;
  /** [B, N, C]: is added. */
  readonly passing?: Tensor;
  /** [B, N, C] */
  readonly dx: Tensor;
};

export interface FirstTokensCall {
  /** B */
  readonly images: number;
  /** N */
  readonly tokens: number;
  /** The number of tokens in front that are taken: those that a head reads. */
  readonly kept: number;
  /** C */
  readonly channels: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    firstTokens: { tensors: FirstTokensTensors; call: FirstTokensCall };
    firstTokensBackward: { tensors: FirstTokensBackwardTensors; call: FirstTokensCall };
  }
}

/** dx = passing, plus dy at the tokens that were taken. */
const firstTokensBackwardDefinition = defineOperation({
  kind: 'firstTokensBackward',
  access: { dy: 'read', passing: 'read', dx: 'write' },
});

const firstTokensDefinition = defineOperation({
  kind: 'firstTokens',
  access: { x: 'read', y: 'write' },
  flows: ['x'],
  roundable: ['y'],
  backward(tape, { label, tensors: { x, y }, call }) {
    const dy = tape.gradientOf(y);
    const target = dy && tape.into(x);
    if (!dy || !target) return;
    if (target.end) throw new Error(`${label}: its input went through an end, whose derivative it does not apply`);
    const { gradient: dx, passing } = target;
    const tensors = { dy, ...(passing ? { passing } : {}), dx };
    tape.record({ definition: firstTokensBackwardDefinition, label: `d ${label}`, tensors, call });
  },
});

/** Takes the first tokens of each picture, which the heads read. @returns [B, kept, C]. */
export function firstTokens(recorder: Recorder, given: FirstTokensCall & { readonly label: string; readonly x: Tensor }): Tensor {
  const { label, x, images, tokens, kept, channels } = given;
  const y = recorder.tensor(label, images * kept * channels);
  recorder.record({ definition: firstTokensDefinition, label, tensors: { x, y }, call: { images, tokens, kept, channels } });
  return y;
}
