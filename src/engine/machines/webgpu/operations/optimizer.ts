import { ADAMW } from '../../../operations/optimizer.js';
import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';

const check = defineKernel({
  shader: 'optimizer/check',
  includes: ['common/grid', 'common/finite'],
  buffers: { result: 'read', gradient: 'read', health: 'update' },
  uniforms: { length: 'u32' },
});

const adamw = defineKernel({
  shader: 'optimizer/adamw',
  includes: ['common/grid'],
  buffers: {
    ...{ gradient: 'read', groups: 'read', health: 'read' },
    ...{ weight: 'update', firstMoment: 'update', secondMoment: 'update' },
  },
  uniforms: { length: 'u32', beta1: 'f32', beta2: 'f32', epsilon: 'f32' },
  step: true,
});

export function lowerAdamW(lowering: Lowering, { label, tensors, call }: Operation<'adamw'>): void {
  const { result, gradient, groups, health, weight, firstMoment, secondMoment } = tensors;
  const { length } = call;
  lowering.dispatch(check, {
    label: `${label} check`,
    buffers: { result, gradient, health },
    uniforms: { length },
    grid: flatGrid(Math.ceil(length / 64), 64),
  });
  lowering.dispatch(adamw, {
    label,
    buffers: { gradient, groups, health, weight, firstMoment, secondMoment },
    uniforms: { length, ...ADAMW },
    grid: flatGrid(length, 64),
  });
}
