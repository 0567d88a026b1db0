import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type CrossEntropyTensors = {
  /** [B, K] */
  readonly logits: Tensor;
  /** [B] unsigned */
  readonly labels: Tensor;
  /** [B]: the factor of each picture's loss; 1 where left out. */
  readonly weights?: Tensor;
  /** [B, K]: the gradient of the mean over the step's pictures. */
  readonly dlogits?: Tensor;
  /** [2]: the mean of the weighted losses over the step's pictures, and the number of hits. */
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
 * Computes the mean over the step's pictures of the cross-entropy in nats times the picture's weight, the number of top-1 hits (of equal
 * logits the first counts), and the gradient of the logits.
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
