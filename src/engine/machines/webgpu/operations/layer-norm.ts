import type { Operation } from '../../../plan/operation.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { laneConstants } from './lanes.js';
import { inChunksOfRows, lowerColumnSums } from './linear.js';

const forward = defineKernel({
  shader: 'layer-norm/forward',
  includes: ['common/random', 'common/lane1', 'common/lanes'],
  buffers: { x: 'read', gamma: 'read', beta: 'read', y: 'write', dropped: 'write', stats: 'write' },
  uniforms: {
    ...{ rows: 'u32', channels: 'u32', epsilon: 'f32', site: 'u32', dropout: 'f32' },
    ...{ rowsPerImage: 'u32', every: 'u32', offset: 'u32' },
  },
  step: true,
});

const backward = defineKernel({
  shader: 'layer-norm/backward',
  includes: ['common/lane1', 'common/lanes'],
  buffers: { x: 'read', stats: 'read', gamma: 'read', dy: 'read', passing: 'read', dx: 'write' },
  uniforms: { rows: 'u32', channels: 'u32', every: 'u32', offset: 'u32' },
});

const gammaGradient = defineKernel({
  shader: 'layer-norm/gamma-gradient',
  includes: ['common/grid'],
  buffers: { x: 'read', stats: 'read', dy: 'read', partial: 'write' },
  uniforms: { rows: 'u32', channels: 'u32', every: 'u32', offset: 'u32', rowsPerChunk: 'u32', chunks: 'u32' },
});

export function lowerLayerNorm(lowering: Lowering, { label, tensors, call }: Operation<'layerNorm'>): void {
  const { x, gamma, beta, y, dropped, stats } = tensors;
  const { rows, channels, epsilon, drop, pick } = call;
  const lanes = laneConstants(channels);
  lowering.dispatch(forward, {
    label,
    buffers: { x, gamma, beta, y, dropped: dropped ?? lowering.unusedWrite(), stats: stats ?? lowering.unusedWrite() },
    uniforms: {
      ...{ rows, channels, epsilon },
      ...{ site: drop?.site ?? 0, dropout: drop?.p ?? 0, rowsPerImage: rows / lowering.images },
      ...{ every: pick.every, offset: pick.offset },
    },
    constants: { ...lanes, SAVE: stats ? 1 : 0, DROP: dropped ? 1 : 0 },
    grid: flatGrid(rows, lanes.ROWS),
  });
}

export function lowerLayerNormBackward(lowering: Lowering, { label, tensors, call }: Operation<'layerNormBackward'>): void {
  const { x, stats, gamma, dy, passing, dx } = tensors;
  const { xRows: rows, channels, pick } = call;
  const lanes = laneConstants(channels);
  lowering.dispatch(backward, {
    label,
    buffers: { x, stats, gamma, dy, passing: passing ?? lowering.unused, dx },
    uniforms: { rows, channels, every: pick.every, offset: pick.offset },
    constants: { ...lanes, PASSING: passing ? 1 : 0 },
    grid: flatGrid(rows, lanes.ROWS),
  });
}

export function lowerLayerNormWeightGradient(lowering: Lowering, operation: Operation<'layerNormWeightGradient'>): void {
  const { label, tensors, call } = operation;
  const { x, stats, dy, dgamma, dbeta } = tensors;
  const { rows, channels, pick } = call;
  inChunksOfRows(lowering, { label, out: dgamma, rows }, (partial, chunks) =>
    lowering.dispatch(gammaGradient, {
      label,
      buffers: { x, stats, dy, partial },
      uniforms: { rows, channels, every: pick.every, offset: pick.offset, ...chunks },
      grid: flatGrid(chunks.chunks * channels, 64),
    }),
  );
  lowerColumnSums(lowering, `${label} beta`, dy, dbeta);
}
