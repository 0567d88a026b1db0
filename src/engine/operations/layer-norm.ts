import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { laneConstants } from './lanes.js';

const forward = defineKernel({
  shader: 'layer-norm/forward',
  includes: ['common/random', 'common/lanes'],
  buffers: { x: 'read', gamma: 'read', beta: 'read', y: 'write', dropped: 'write', stats: 'write' },
  uniforms: { rows: 'u32', channels: 'u32', epsilon: 'f32', site: 'u32', dropout: 'f32', every: 'u32', first: 'u32' },
  step: true,
});

const backward = defineKernel({
  shader: 'layer-norm/backward',
  includes: ['common/lanes'],
  buffers: { x: 'read', stats: 'read', gamma: 'read', dy: 'read', passing: 'read', dx: 'write' },
  uniforms: { rows: 'u32', channels: 'u32', every: 'u32', first: 'u32' },
});

export interface LayerNormForward {
  readonly label: string;
  /** [rows, channels] */
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly y: Tensor;
  /** [rows, 2]: mean and 1 / standard deviation, for the backward. */
  readonly stats?: Tensor;
  /** y with dropout, for LoRA's path in training. */
  readonly dropped?: { readonly tensor: Tensor; readonly p: number; readonly site: number };
  readonly rows: number;
  readonly channels: number;
  readonly epsilon: number;
  /** Which rows of x: row i is x's row i * every + first. All of them by default. */
  readonly pick?: RowPick;
}

export interface RowPick {
  readonly every: number;
  readonly first: number;
}

const ALL_ROWS: RowPick = { every: 1, first: 0 };

/** y = LayerNorm(x) over channels; see `shaders/layer-norm/forward.wgsl`. */
export function recordLayerNorm(plan: PlanRecorder, call: LayerNormForward): void {
  const lanes = laneConstants(plan.gpu, call.channels);
  plan.dispatch(forward, {
    label: call.label,
    buffers: {
      x: call.x,
      gamma: call.gamma,
      beta: call.beta,
      y: call.y,
      dropped: call.dropped?.tensor ?? plan.unusedWrite(),
      stats: call.stats ?? plan.unusedWrite(),
    },
    uniforms: {
      rows: call.rows,
      channels: call.channels,
      epsilon: call.epsilon,
      site: call.dropped?.site ?? 0,
      dropout: call.dropped?.p ?? 0,
      ...(call.pick ?? ALL_ROWS),
    },
    constants: { ...lanes, SAVE: call.stats ? 1 : 0, DROP: call.dropped ? 1 : 0 },
    grid: flatGrid(call.rows, lanes.ROWS),
  });
}

export interface LayerNormBackward {
  readonly label: string;
  readonly x: Tensor;
  readonly stats: Tensor;
  readonly gamma: Tensor;
  readonly dy: Tensor;
  /** A gradient that reaches x on another path and is added. */
  readonly passing?: Tensor;
  readonly dx: Tensor;
  /** Rows of x and dx. */
  readonly rows: number;
  readonly channels: number;
  /** Which rows of x were normalised; dy and stats hold those alone. */
  readonly pick?: RowPick;
}

/** dx = passing + LayerNorm's input gradient; gamma and beta are frozen. See `shaders/layer-norm/backward.wgsl`. */
export function recordLayerNormBackward(plan: PlanRecorder, call: LayerNormBackward): void {
  const lanes = laneConstants(plan.gpu, call.channels);
  plan.dispatch(backward, {
    label: call.label,
    buffers: {
      x: call.x,
      stats: call.stats,
      gamma: call.gamma,
      dy: call.dy,
      passing: call.passing ?? plan.unused,
      dx: call.dx,
    },
    uniforms: { rows: call.rows, channels: call.channels, ...(call.pick ?? ALL_ROWS) },
    constants: { ...lanes, PASSING: call.passing ? 1 : 0 },
    grid: flatGrid(call.rows, lanes.ROWS),
  });
}
