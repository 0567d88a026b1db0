import type { ModulationOutputs, ModulationWeights } from '../../../operations/merge.js';
import { MODULATION_EPSILON } from '../../../operations/merge.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { cellsOf, laneConstants } from './lanes.js';

const normalise = defineKernel({
  shader: 'pyra/normalise',
  wide: ['common/cell'],
  includes: ['common/lanes'],
  buffers: { x: 'read', size: 'read', pairs: 'read', normalised: 'write', rstd: 'write' },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32', epsilon: 'f32' },
});

const modulation = defineKernel({
  shader: 'pyra/modulation',
  wide: ['common/cell'],
  includes: ['common/lanes'],
  buffers: {
    ...{ normalised: 'read', gamma: 'read', beta: 'read', a: 'read', b: 'read' },
    ...{ gChannels: 'write', gPairs: 'write' },
  },
  uniforms: { images: 'u32', cells: 'u32', r: 'u32', trainedPairs: 'u32' },
});

const strength = defineKernel({
  shader: 'pyra/strength',
  wide: ['common/cell'],
  includes: ['common/lanes'],
  buffers: { x: 'read', pairs: 'read', gChannels: 'read', gPairs: 'read', strength: 'write' },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32' },
});

const backwardTerms = defineKernel({
  shader: 'pyra/backward-terms',
  wide: ['common/cell'],
  includes: ['common/lanes'],
  buffers: {
    ...{ dout: 'read', outSize: 'read', x: 'read', size: 'read', pairs: 'read', rowOf: 'read', gChannels: 'read' },
    terms: 'write',
  },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32' },
});

const backwardImages = defineKernel({
  shader: 'pyra/backward-images',
  wide: ['common/cell'],
  includes: ['common/grid', 'common/pyra-sums'],
  buffers: {
    ...{ terms: 'read', gChannels: 'read', gPairs: 'read', a: 'read', normalised: 'read', gamma: 'read', beta: 'read' },
    sums: 'write',
  },
  uniforms: { images: 'u32', cells: 'u32', r: 'u32', trainedPairs: 'u32' },
});

const backwardPairs = defineKernel({
  shader: 'pyra/backward-pairs',
  wide: ['common/cell'],
  includes: ['common/lanes', 'common/pyra-sums'],
  buffers: {
    ...{ sums: 'update', a: 'read', b: 'read', gamma: 'read', beta: 'read', normalised: 'read', rstd: 'read' },
    dpairSum: 'write',
  },
  uniforms: { images: 'u32', cells: 'u32', r: 'u32' },
});

const backwardWeights = defineKernel({
  shader: 'pyra/backward-weights',
  wide: ['common/cell'],
  includes: ['common/grid', 'common/pyra-sums'],
  buffers: { sums: 'read', a: 'read', b: 'read', da: 'write', db: 'write', dgamma: 'write', dbeta: 'write' },
  uniforms: { images: 'u32', cells: 'u32', r: 'u32' },
});

type ModulatedTensors = Partial<ModulationWeights> & Partial<ModulationOutputs>;

function weightsOf(label: string, { a, b, gamma, beta }: ModulatedTensors): ModulationWeights {
  if (!a || !b || !gamma || !beta) throw new Error(`${label}: it modulates, but has no weights to do so`);
  return { a, b, gamma, beta };
}

/** Lowers the modulation of the r tokens that merge away to two dispatches. */
export function lowerModulation(lowering: Lowering, { label, tensors, call }: Operation<'merge'>): ModulationOutputs {
  const { images, tokens, channels, r, weight } = call;
  const { x, pairs } = tensors;
  const { cells, cell } = cellsOf(channels);
  const lanes = laneConstants(cells);
  const size = weight === 'size' ? tensors.size : undefined;
  const outputs: ModulationOutputs = {
    normalised: tensors.normalised ?? lowering.scratch(`${label} normalised`, images * r * channels),
    rstd: tensors.rstd ?? lowering.scratch(`${label} rstd`, images * r),
    gChannels: tensors.gChannels ?? lowering.scratch(`${label} g_D`, images * channels),
    gPairs: tensors.gPairs ?? lowering.scratch(`${label} g_r`, images * r),
  };
  const { normalised, rstd, gChannels, gPairs } = outputs;
  lowering.dispatch(normalise, {
    label: `${label} normalise`,
    buffers: { x, size: size ?? lowering.unused, pairs, normalised, rstd },
    uniforms: { images, tokens, cells, r, epsilon: MODULATION_EPSILON },
    constants: { ...lanes, SIZED: size ? 1 : 0 },
    cell,
    grid: flatGrid(images * r, lanes.ROWS),
  });
  lowering.dispatch(modulation, {
    label: `${label} modulation`,
    buffers: { normalised, ...weightsOf(label, tensors), gChannels, gPairs },
    uniforms: { images, cells, r, trainedPairs: call.trainedPairs },
    constants: { ...lanes, CHANNELS: call.modulation?.channels ? 1 : 0, PAIRS: call.modulation?.pairs ? 1 : 0 },
    cell,
    grid: flatGrid(images * (r + Math.ceil(cells / lanes.LANES)), lanes.ROWS),
  });
  return outputs;
}

/**
 * Lowers the gradients of PYRA's weights, summed over images, to four dispatches; every sum has a fixed order.
 * @returns [B, r, C]: the gradient of both size-weighted tokens of a pair through the LayerNorm.
 */
export function lowerModulationBackward(lowering: Lowering, { label, tensors, call }: Operation<'mergeBackward'>): Tensor {
  const { dout, outSize, x, pairs, rowOf, normalised, rstd, gChannels, gPairs, da, db, dgamma, dbeta } = tensors;
  if (!normalised || !rstd || !gChannels || !gPairs) throw new Error(`${label}: its forward kept nothing of the modulation`);
  if (!da || !db || !dgamma || !dbeta) throw new Error(`${label}: it modulates by weights that have no gradient`);
  const { images, tokens, channels, r, weight } = call;
  const { a, b, gamma, beta } = weightsOf(label, tensors);
  const { cells, cell } = cellsOf(channels);
  const lanes = laneConstants(cells);
  const width = channels / cells;
  const size = weight === 'size' ? tensors.size : undefined;
  const terms = lowering.scratch(`${label} terms`, images * r * (cells + 1) * width);
  const sums = lowering.scratch(`${label} sums`, images * (4 * cells + 1 + 2 * r) * width);
  const dpairSum = lowering.scratch(`${label} pair sum`, images * r * channels);
  const uniforms = { images, cells, r };
  lowering.dispatch(backwardTerms, {
    label: `${label} terms`,
    buffers: { dout, outSize, x, size: size ?? lowering.unused, pairs, rowOf, gChannels, terms },
    uniforms: { ...uniforms, tokens },
    constants: { ...lanes, SIZED: size ? 1 : 0 },
    cell,
    grid: flatGrid(images * r, lanes.ROWS),
  });
  lowering.dispatch(backwardImages, {
    label: `${label} images`,
    buffers: { terms, gChannels, gPairs, a, normalised, gamma, beta, sums },
    uniforms: { ...uniforms, trainedPairs: call.trainedPairs },
    constants: { CHANNELS: call.modulation?.channels ? 1 : 0, PAIRS: call.modulation?.pairs ? 1 : 0 },
    cell,
    grid: flatGrid(images * cells, 64),
  });
  lowering.dispatch(backwardPairs, {
    label: `${label} pairs`,
    buffers: { sums, a, b, gamma, beta, normalised, rstd, dpairSum },
    uniforms,
    constants: lanes,
    cell,
    grid: flatGrid(images * r, lanes.ROWS),
  });
  lowering.dispatch(backwardWeights, {
    label: `${label} weights`,
    buffers: { sums, a, b, da, db, dgamma, dbeta },
    uniforms,
    cell,
    grid: flatGrid(Math.max(cells, r), 64),
  });
  return dpairSum;
}

export function lowerModulationStrength(lowering: Lowering, operation: Operation<'modulationStrength'>): void {
  const { label, tensors: buffers, call } = operation;
  const { images, tokens, channels, r } = call;
  const { cells, cell } = cellsOf(channels);
  const lanes = laneConstants(cells);
  lowering.dispatch(strength, {
    label,
    buffers,
    uniforms: { images, tokens, cells, r },
    constants: lanes,
    cell,
    grid: flatGrid(images * r, lanes.ROWS),
  });
}
