import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';

const crossEntropy = defineKernel({
  shader: 'loss/cross-entropy',
  includes: ['common/grid'],
  buffers: { logits: 'read', labels: 'read', dlogits: 'write', rows: 'write' },
  uniforms: { batch: 'u32', classes: 'u32', scale: 'f32' },
  step: true,
});

const summary = defineKernel({
  shader: 'loss/summary',
  includes: ['common/finite'],
  buffers: { rows: 'read', result: 'write', health: 'update' },
  uniforms: { batch: 'u32' },
  step: true,
});

export interface CrossEntropy {
  readonly label: string;
  /** [B, K] */
  readonly logits: Tensor;
  /** [B] unsigned */
  readonly labels: Tensor;
  /** 1, or 1/2 where the logits are the sum of two heads. */
  readonly scale: number;
  readonly dlogits: Tensor;
  /** [2]: mean loss and hits of the batch. */
  readonly result: Tensor;
  /** [1] unsigned: not zero once a loss or a gradient was not finite. */
  readonly health: Tensor;
  readonly batch: number;
  readonly classes: number;
}

/** Mean cross-entropy over the step's images, top-1 hits, and the gradient of the logits. */
export function recordCrossEntropy(plan: PlanRecorder, call: CrossEntropy): void {
  const { batch, classes, scale } = call;
  const rows = plan.tensor(`${call.label} rows`, batch * 2);
  plan.dispatch(crossEntropy, {
    label: call.label,
    buffers: { logits: call.logits, labels: call.labels, dlogits: call.dlogits, rows },
    uniforms: { batch, classes, scale },
    grid: flatGrid(batch, 64),
  });
  plan.dispatch(summary, {
    label: `${call.label} summary`,
    buffers: { rows, result: call.result, health: call.health },
    uniforms: { batch },
    grid: [1, 1, 1],
  });
}
