import { ADAMW, GROUP_LENGTH } from '../../../operations/optimizer.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { partOf } from '../parts.js';

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

const addGroup = defineKernel({
  shader: 'optimizer/add-group',
  includes: ['common/grid'],
  buffers: { sum: 'update', total: 'update' },
  uniforms: { length: 'u32' },
  step: true,
});

/** Elements of weights whose parameter groups begin at a multiple of 256 bytes, where every adapter lets a binding begin. */
const PART = 64 * GROUP_LENGTH;

/** Calls `work` for parts of `length` elements that a binding holds, in order. */
function inParts(lowering: Lowering, length: number, work: (from: number, count: number) => void): void {
  const most = PART * Math.max(1, Math.floor(lowering.gpu.limits.maxStorageBufferBindingSize / 4 / PART));
  for (let from = 0; from < length; from += most) work(from, Math.min(most, length - from));
}

/** All gradients are looked at before the first weight changes. */
export function lowerAdamW(lowering: Lowering, { label, tensors, call }: Operation<'adamw'>): void {
  const { result, gradient, groups, health, weight, firstMoment, secondMoment } = tensors;
  inParts(lowering, call.length, (from, length) =>
    lowering.dispatch(check, {
      label: `${label} check`,
      buffers: { result, gradient: partOf(gradient, from, length), health },
      uniforms: { length },
      grid: flatGrid(Math.ceil(length / 64), 64),
    }),
  );
  inParts(lowering, call.length, (from, length) => {
    const part = (tensor: Tensor): Tensor => partOf(tensor, from, length);
    const moments = { firstMoment: part(firstMoment), secondMoment: part(secondMoment) };
    lowering.dispatch(adamw, {
      label,
      buffers: {
        ...{ gradient: part(gradient), groups: partOf(groups, from / GROUP_LENGTH, Math.ceil(length / GROUP_LENGTH)) },
        ...{ health, weight: part(weight), ...moments },
      },
      uniforms: { length, ...ADAMW },
      grid: flatGrid(length, 64),
    });
  });
}

/**
 * Adds what a group of pictures left in a sum to what the earlier groups of the batch left.
 *
 * @returns the memory of the totals, which lasts from one group to the next.
 */
export function lowerGroupSum(lowering: Lowering, sum: Tensor): Tensor[] {
  const totals: Tensor[] = [];
  inParts(lowering, sum.length, (from, length) => {
    const total = lowering.scratch(`total of ${sum.label}`, length);
    totals.push(total);
    lowering.dispatch(addGroup, {
      label: total.label,
      buffers: { sum: partOf(sum, from, length), total },
      uniforms: { length },
      grid: flatGrid(length, 64),
    });
  });
  return totals;
}
