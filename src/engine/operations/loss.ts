import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type CrossEntropyTensors = {
  /** [B, K] */
  readonly logits: Tensor;
  /** [B] unsigned */
  readonly labels: Tensor;
  /** [B]: the factor of each picture's loss; 1 where there is none. */
  readonly weights?: Tensor;
  /** [B, K]: of the mean over the step's pictures. */
  readonly dlogits?: Tensor;
  /** [2]: sum of the pictures' losses, by their weights, over the number of the step's pictures, and hits. */
  readonly result: Tensor;
};

export interface CrossEntropyCall {
  /** B */
  readonly images: number;
  /** K */
  readonly classes: number;
  /** 1, or 1/2 where the logits are the sum of two heads. */
  readonly scale: number;
}

declare module '../plan/operation.js' {
  interface OperationKinds {
    crossEntropy: { tensors: CrossEntropyTensors; call: CrossEntropyCall };
  }
}

const crossEntropyDefinition = defineOperation({
  kind: 'crossEntropy',
  access: { logits: 'read', labels: 'read', weights: 'read', dlogits: 'write', result: 'write' },
  flows: ['logits'],
  spare: ['dlogits'],
  backward(tape, { tensors: { logits, dlogits } }) {
    if (dlogits) tape.hand(logits, dlogits);
  },
});

export interface CrossEntropy extends CrossEntropyCall {
  readonly label: string;
  readonly logits: Tensor;
  readonly labels: Tensor;
  readonly weights?: Tensor | undefined;
  readonly result: Tensor;
}

/**
 * Mean cross-entropy over the step's pictures in nats, each times its weight, top-1 hits (the first of equals counts), and the
 * gradient of the logits.
 */
export function crossEntropy(
  recorder: Recorder,
  { label, logits, labels, weights, result, images, classes, scale }: CrossEntropy,
): void {
  const dlogits = recorder.tensor(`d ${logits.label}`, images * classes);
  recorder.record({
    definition: crossEntropyDefinition,
    label,
    tensors: { logits, labels, ...(weights ? { weights } : {}), dlogits, result },
    call: { images, classes, scale },
  });
}
