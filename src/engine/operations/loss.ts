import { defineOperation } from '../plan/operation.js';
import type { Recorder } from '../plan/record.js';
import type { Tensor } from '../plan/tensor.js';

type CrossEntropyTensors = {
  /** [B, K] */
  readonly logits: Tensor;
  /** [B] unsigned */
  readonly labels: Tensor;
  /** [B, K]: of the mean over the step's pictures. */
  readonly dlogits?: Tensor;
  /** [2]: sum of the pictures' losses over the number of the step's pictures, and hits. */
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
  access: { logits: 'read', labels: 'read', dlogits: 'write', result: 'write' },
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
  readonly result: Tensor;
}

/** Mean cross-entropy over the step's pictures in nats, top-1 hits (the first of equals counts), and the gradient of the logits. */
export function crossEntropy(recorder: Recorder, { label, logits, labels, result, images, classes, scale }: CrossEntropy): void {
  const dlogits = recorder.tensor(`d ${logits.label}`, images * classes);
  recorder.record({
    definition: crossEntropyDefinition,
    label,
    tensors: { logits, labels, dlogits, result },
    call: { images, classes, scale },
  });
}
