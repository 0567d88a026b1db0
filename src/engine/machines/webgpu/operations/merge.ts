import { weighsPairs, type MergeCall, type ModulationOutputs } from '../../../operations/merge.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { cellsOf, laneConstants } from './lanes.js';
import { lowerModulation, lowerModulationBackward } from './modulation.js';

const forward = defineKernel({
  shader: 'merge/forward',
  wide: ['common/cell'],
  includes: ['lanes/lane1', 'lanes/memory', 'lanes/sums'],
  buffers: {
    ...{ x: 'read', size: 'read', pairs: 'read', originOf: 'read', gChannels: 'read', gPairs: 'read' },
    ...{ out: 'write', outSize: 'write' },
  },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32' },
});

const backward = defineKernel({
  shader: 'merge/backward',
  wide: ['common/cell'],
  includes: ['lanes/lane1', 'lanes/memory', 'lanes/sums', 'common/merged-rows'],
  buffers: {
    ...{ dout: 'read', pairs: 'read', size: 'read', outSize: 'read', gChannels: 'read', gPairs: 'read' },
    ...{ dpairSum: 'read', dx: 'write' },
  },
  uniforms: { images: 'u32', tokens: 'u32', cells: 'u32', r: 'u32', protectedTokens: 'u32' },
});

/** PYRA's modulation, if the call has one, and then the merge; see `shaders/merge/forward.wgsl`. */
export function lowerMerge(lowering: Lowering, operation: Operation<'merge'>): void {
  const { label, tensors, call } = operation;
  const { x, pairs, originOf, out, outSize } = tensors;
  const { images, tokens, r } = call;
  const { cells, cell } = cellsOf(call.channels);
  const lanes = laneConstants(cells);
  const size = sizeOf(tensors.size, call);
  const modulated = call.modulation ? lowerModulation(lowering, operation) : {};
  lowering.dispatch(forward, {
    label,
    buffers: {
      ...{ x, size: size ?? lowering.unused, pairs, originOf },
      ...{ ...halves(lowering, call, modulated), out, outSize },
    },
    uniforms: { images, tokens, cells, r },
    constants: { ...lanes, SIZED: size ? 1 : 0, ...flags(call) },
    cell,
    grid: flatGrid(images * (tokens - r), lanes.ROWS),
  });
}

/** The gradients of PYRA's weights, then the input's; see `shaders/merge/backward.wgsl`. */
export function lowerMergeBackward(lowering: Lowering, operation: Operation<'mergeBackward'>): void {
  const { label, tensors, call } = operation;
  const { dout, pairs, outSize, dx } = tensors;
  const { images, tokens, r } = call;
  const { cells, cell } = cellsOf(call.channels);
  const lanes = laneConstants(cells);
  const size = sizeOf(tensors.size, call);
  const dpairSum = call.modulation ? lowerModulationBackward(lowering, operation) : undefined;
  if (!dx) return;
  lowering.dispatch(backward, {
    label,
    buffers: {
      ...{ dout, pairs, size: size ?? lowering.unused, outSize },
      ...halves(lowering, call, tensors),
      ...{ dpairSum: dpairSum ?? lowering.unused, dx },
    },
    uniforms: { images, tokens, cells, r, protectedTokens: call.protectedTokens },
    constants: { ...lanes, SIZED: size ? 1 : 0, ...flags(call), PAIR_SUM: dpairSum ? 1 : 0 },
    cell,
    grid: flatGrid(images * tokens, lanes.ROWS),
  });
}

function flags(call: MergeCall) {
  return {
    CHANNELS: call.modulation?.channels ? 1 : 0,
    PAIRS: weighsPairs(call) ? 1 : 0,
    GONE: call.weight === 'zero' ? 1 : 0,
  };
}

/** The factors of the halves that are on, and an unused buffer for the others. */
function halves(lowering: Lowering, call: MergeCall, { gChannels, gPairs }: Partial<ModulationOutputs>) {
  return {
    gChannels: (call.modulation?.channels ? gChannels : undefined) ?? lowering.unused,
    gPairs: (weighsPairs(call) ? gPairs : undefined) ?? lowering.unused,
  };
}

function sizeOf(size: Tensor | undefined, { weight }: MergeCall): Tensor | undefined {
  return weight === 'size' ? size : undefined;
}
