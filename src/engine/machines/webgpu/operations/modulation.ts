import type { MergeCall, ModulationOutputs, ModulationWeights } from '../../../operations/merge.js';
import { MODULATION_EPSILON } from '../../../operations/merge.js';
import type { Operation } from '../../../plan/operation.js';
import { viewOf, type Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { cellsOf, laneConstants, pictureConstants } from './lanes.js';

const modulation = defineKernel({
  shader: 'pyra/modulation',
  wide: ['common/cell'],
  includes: ['lanes/lane1', 'lanes/memory', 'lanes/sums'],
  buffers: {
    ...{ x: 'read', size: 'read', pairs: 'read', weights: 'read' },
    ...{ normalised: 'write', rstd: 'write', gChannels: 'write', gPairs: 'write' },
  },
  uniforms: {
    ...{ tokens: 'u32', cells: 'u32', r: 'u32', trainedPairs: 'u32', epsilon: 'f32' },
    ...{ a: 'u32', b: 'u32', gamma: 'u32', beta: 'u32' },
  },
});

const strength = defineKernel({
  shader: 'pyra/strength',
  wide: ['common/cell'],
  includes: ['lanes/lane1', 'lanes/memory', 'lanes/sums'],
  buffers: { x: 'read', pairs: 'read', gChannels: 'read', gPairs: 'read', strength: 'write' },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32' },
});

const backwardTerms = defineKernel({
  shader: 'pyra/backward-terms',
  wide: ['common/cell'],
  includes: ['lanes/lane1', 'lanes/memory', 'lanes/sums'],
  buffers: {
    ...{ dout: 'read', outSize: 'read', x: 'read', size: 'read', pairs: 'read', rowOf: 'read', gChannels: 'read' },
    terms: 'write',
  },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32' },
});

const backwardModulation = defineKernel({
  shader: 'pyra/backward-modulation',
  wide: ['common/cell'],
  includes: ['lanes/lane1', 'lanes/memory', 'lanes/sums', 'common/pyra-sums'],
  buffers: {
    ...{ terms: 'read', gChannels: 'read', gPairs: 'read', weights: 'read', normalised: 'read', rstd: 'read' },
    ...{ sums: 'write', dpairSum: 'write' },
  },
  uniforms: { cells: 'u32', r: 'u32', trainedPairs: 'u32', a: 'u32', b: 'u32', gamma: 'u32', beta: 'u32' },
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

const halvesOf = ({ modulation: on }: MergeCall) => ({ CHANNELS: on?.channels ? 1 : 0, PAIRS: on?.pairs ? 1 : 0 });

/**
 * The part of their common storage that holds PYRA's weights, and their offsets in it. With a binding for each weight, the kernel would have
 * more than eight; with one of the whole storage, all trained weights would have to fit into a binding.
 */
function placesOf(label: string, weights: ModulationWeights) {
  const storage = weights.a.external?.storage;
  const place = ({ label: name, external }: Tensor): number => {
    if (!external || external.storage !== storage)
      throw new Error(`${label}: ${name} is not in the storage of the other weights`);
    return external.offset;
  };
  const all = [weights.a, weights.b, weights.gamma, weights.beta];
  if (!storage) throw new Error(`${label}: its weights are in no storage`);
  const first = Math.min(...all.map(place));
  const end = Math.max(...all.map((weight) => place(weight) + weight.length));
  const [a = 0, b = 0, gamma = 0, beta = 0] = all.map((weight) => place(weight) - first);
  return { weights: viewOf(storage, storage.label, first, end - first), offsets: { a, b, gamma, beta } };
}

/** Lowers the modulation of the r tokens that merge away to one dispatch. */
export function lowerModulation(lowering: Lowering, { label, tensors, call }: Operation<'merge'>): ModulationOutputs {
  const { images, tokens, channels, r, weight, trainedPairs } = call;
  const { x, pairs } = tensors;
  const { cells, cell } = cellsOf(channels);
  const size = weight === 'size' ? tensors.size : undefined;
  const outputs: ModulationOutputs = {
    normalised: tensors.normalised ?? lowering.scratch(`${label} normalised`, images * r * channels),
    rstd: tensors.rstd ?? lowering.scratch(`${label} rstd`, images * r),
    gChannels: tensors.gChannels ?? lowering.scratch(`${label} g_D`, images * channels),
    gPairs: tensors.gPairs ?? lowering.scratch(`${label} g_r`, images * r),
  };
  const { weights, offsets } = placesOf(label, weightsOf(label, tensors));
  lowering.dispatch(modulation, {
    label: `${label} modulation`,
    buffers: { x, size: size ?? lowering.unused, pairs, weights, ...outputs },
    uniforms: { tokens, cells, r, trainedPairs, epsilon: MODULATION_EPSILON, ...offsets },
    constants: { ...pictureConstants(lowering.gpu, cells), SIZED: size ? 1 : 0, ...halvesOf(call) },
    cell,
    grid: [images, 1, 1],
  });
  return outputs;
}

/**
 * Lowers the gradients of PYRA's weights, summed over images, to three dispatches; every sum has a fixed order.
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
  const { weights, offsets } = placesOf(label, { a, b, gamma, beta });
  lowering.dispatch(backwardModulation, {
    label: `${label} modulation`,
    buffers: { terms, gChannels, gPairs, weights, normalised, rstd, sums, dpairSum },
    uniforms: { cells, r, trainedPairs: call.trainedPairs, ...offsets },
    constants: { ...pictureConstants(lowering.gpu, cells), ...halvesOf(call) },
    cell,
    grid: [images, 1, 1],
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
