import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';

const check = defineKernel({
  shader: 'optimizer/check',
  includes: ['common/grid', 'common/finite'],
  buffers: { gradient: 'read', health: 'update' },
  uniforms: { length: 'u32' },
});

const adamw = defineKernel({
  shader: 'optimizer/adamw',
  includes: ['common/grid'],
  buffers: { gradient: 'read', groups: 'read', health: 'read', weight: 'update', first: 'update', second: 'update' },
  uniforms: { length: 'u32', beta1: 'f32', beta2: 'f32', epsilon: 'f32' },
  step: true,
});

/** The recipe's AdamW: betas .9 and .999, epsilon 1e-8. */
export const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Weights that share a run of this many elements share their parameter group. */
export const GROUP_LENGTH = 64;
/** Bits of a parameter group in `shaders/optimizer/adamw.wgsl`. */
export const GROUP_BITS = { pyraRate: 1, decays: 2 } as const;

export interface AdamW {
  readonly label: string;
  /** [length] each. */
  readonly weight: Tensor;
  readonly gradient: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  /** [length / GROUP_LENGTH] unsigned */
  readonly groups: Tensor;
  readonly health: Tensor;
  readonly length: number;
}

/** One AdamW step over all trained weights, unless a loss or a gradient of this run was ever not finite. */
export function recordAdamW(plan: PlanRecorder, call: AdamW): void {
  const { length, gradient, health } = call;
  plan.dispatch(check, {
    label: `${call.label} check`,
    buffers: { gradient, health },
    uniforms: { length },
    grid: flatGrid(Math.ceil(length / 64), 64),
  });
  plan.dispatch(adamw, {
    label: call.label,
    buffers: { gradient, groups: call.groups, health, weight: call.weight, first: call.first, second: call.second },
    uniforms: { length, ...ADAMW },
    grid: flatGrid(length, 64),
  });
}
