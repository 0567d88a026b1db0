import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const crossEntropy = defineKernel({
  shader: 'loss/cross-entropy',
  includes: ['common/grid'],
  buffers: { logits: 'read', labels: 'read', weights: 'read', dlogits: 'write', rows: 'write' },
  uniforms: { images: 'u32', classes: 'u32', scale: 'f32' },
  step: true,
});

const summary = defineKernel({
  shader: 'loss/summary',
  buffers: { rows: 'read', result: 'write' },
  uniforms: { images: 'u32' },
  step: true,
});

export function lowerCrossEntropy(lowering: Lowering, { label, tensors, call }: Operation<'crossEntropy'>): void {
  const { logits, labels, weights, dlogits, result } = tensors;
  const { images, classes, scale } = call;
  const rows = lowering.scratch(`${label} rows`, images * 2);
  lowering.dispatch(crossEntropy, {
    label,
    // If no weights are read, any buffer may be bound in their place.
    buffers: {
      logits,
      labels,
      weights: weights ?? logits,
      dlogits: dlogits ?? lowering.scratch(`d ${logits.label}`, images * classes),
      rows,
    },
    uniforms: { images, classes, scale },
    constants: { WEIGHTED: weights ? 1 : 0 },
    grid: flatGrid(images, 64),
  });
  lowering.dispatch(summary, { label: `${label} summary`, buffers: { rows, result }, uniforms: { images }, grid: [1, 1, 1] });
}
