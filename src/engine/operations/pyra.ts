import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { laneConstants } from './lanes.js';
import { cellsOf } from './merge.js';

const normalise = defineKernel({
  shader: 'pyra/normalise',
  includes: ['common/lanes'],
  buffers: { x: 'read', size: 'read', pairs: 'read', normalised: 'write', rstd: 'write' },
  uniforms: { batch: 'u32', tokens: 'u32', cells: 'u32', merged: 'u32', epsilon: 'f32' },
});

const modulation = defineKernel({
  shader: 'pyra/modulation',
  includes: ['common/lanes'],
  buffers: {
    normalised: 'read',
    gamma: 'read',
    beta: 'read',
    a: 'read',
    b: 'read',
    gChannels: 'write',
    gPairs: 'write',
  },
  uniforms: { batch: 'u32', cells: 'u32', merged: 'u32' },
});

const strength = defineKernel({
  shader: 'pyra/strength',
  includes: ['common/lanes'],
  buffers: { x: 'read', pairs: 'read', gChannels: 'read', gPairs: 'read', strength: 'write' },
  uniforms: { batch: 'u32', tokens: 'u32', cells: 'u32', merged: 'u32' },
});

const backwardTerms = defineKernel({
  shader: 'pyra/backward-terms',
  includes: ['common/lanes'],
  buffers: {
    dout: 'read',
    outSize: 'read',
    x: 'read',
    size: 'read',
    pairs: 'read',
    rowOf: 'read',
    gChannels: 'read',
    terms: 'write',
  },
  uniforms: { batch: 'u32', tokens: 'u32', cells: 'u32', merged: 'u32' },
});

const backwardImages = defineKernel({
  shader: 'pyra/backward-images',
  includes: ['common/grid', 'common/pyra-sums'],
  buffers: {
    terms: 'read',
    gChannels: 'read',
    gPairs: 'read',
    a: 'read',
    normalised: 'read',
    gamma: 'read',
    beta: 'read',
    sums: 'write',
  },
  uniforms: { batch: 'u32', cells: 'u32', merged: 'u32' },
});

const backwardPairs = defineKernel({
  shader: 'pyra/backward-pairs',
  includes: ['common/lanes', 'common/pyra-sums'],
  buffers: {
    sums: 'update',
    a: 'read',
    b: 'read',
    gamma: 'read',
    beta: 'read',
    normalised: 'read',
    rstd: 'read',
    dPairSum: 'write',
  },
  uniforms: { batch: 'u32', cells: 'u32', merged: 'u32' },
});

const backwardWeights = defineKernel({
  shader: 'pyra/backward-weights',
  includes: ['common/grid', 'common/pyra-sums'],
  buffers: { sums: 'read', a: 'read', b: 'read', da: 'write', db: 'write', dgamma: 'write', dbeta: 'write' },
  uniforms: { batch: 'u32', cells: 'u32', merged: 'u32' },
});

/** PyTorch's default of `nn.LayerNorm`, which the released modules keep. */
const EPSILON = 1e-5;

/** Which modulation is on: both are PYRA; one alone is a row of the paper's ablation. */
export type PyraHalf = 'both' | 'channels' | 'pairs';

interface PyraTensors {
  readonly label: string;
  /** [B, N, C] */
  readonly x: Tensor;
  /** [B, N]; null where all are ones. */
  readonly size: Tensor | null;
  /** [B, r, 2] of {@link recordMatch}. */
  readonly pairs: Tensor;
  /** [r], `pyra_a`: row i weighs the i-th most similar pair. */
  readonly a: Tensor;
  /** [C], `pyra_b` */
  readonly b: Tensor;
  /** [C], `pyra_norm.weight` */
  readonly gamma: Tensor;
  /** [C], `pyra_norm.bias` */
  readonly beta: Tensor;
  readonly batch: number;
  readonly tokens: number;
  readonly channels: number;
  /** r */
  readonly merged: number;
  readonly half: PyraHalf;
  /** [B, r, C]: the pairs' LayerNorm before its affine. */
  readonly normalised: Tensor;
  /** [B, r]: 1 / standard deviation of each pair's sum. */
  readonly rstd: Tensor;
  /** [B, C]: g_D in 0..2; with `channels` alone g_D - 1, in -1..1; ones with `pairs`. */
  readonly gChannels: Tensor;
  /** [B, r]: g_r in -1..1; ones with `channels`. */
  readonly gPairs: Tensor;
}

export type PyraCall = PyraTensors;

/**
 * PYRA's modulations (arXiv 2403.09192) of the r tokens that merge away: src becomes src + src * gChannels * gPairs, which
 * {@link recordMerge} applies. M = LayerNorm(src + dst) of the size-weighted pair, eps 1e-5;
 * g_D = 2 sigmoid(aᵀ M), g_r = 2 sigmoid(M b) - 1. Two dispatches.
 *
 * So that training starts from plain token merging, `pyra_b` starts at zero. With the half `channels` alone the factor is
 * g_D - 1 = 2 sigmoid(aᵀ M) - 1, and it is `pyra_a` that must start at zero.
 */
export function recordPyra(plan: PlanRecorder, call: PyraCall): void {
  const { batch, tokens, merged } = call;
  const { cells, include } = cellsOf(call.channels);
  const lanes = laneConstants(plan.gpu, cells);
  plan.dispatch(normalise, {
    label: `${call.label} normalise`,
    buffers: {
      x: call.x,
      size: call.size ?? plan.unused,
      pairs: call.pairs,
      normalised: call.normalised,
      rstd: call.rstd,
    },
    uniforms: { batch, tokens, cells, merged, epsilon: EPSILON },
    constants: { ...lanes, SIZED: call.size ? 1 : 0 },
    includes: [include],
    grid: flatGrid(batch * merged, lanes.ROWS),
  });
  plan.dispatch(modulation, {
    label: `${call.label} modulation`,
    buffers: {
      normalised: call.normalised,
      gamma: call.gamma,
      beta: call.beta,
      a: call.a,
      b: call.b,
      gChannels: call.gChannels,
      gPairs: call.gPairs,
    },
    uniforms: { batch, cells, merged },
    constants: { ...lanes, ...halves(call.half) },
    includes: [include],
    grid: flatGrid(batch * (merged + Math.ceil(cells / lanes.LANES)), lanes.ROWS),
  });
}

function halves(half: PyraHalf): { readonly CHANNELS: number; readonly PAIRS: number } {
  return { CHANNELS: half === 'pairs' ? 0 : 1, PAIRS: half === 'channels' ? 0 : 1 };
}

export interface PyraBackwardCall extends PyraTensors {
  /** [B, N - r, C]: gradient of the merge's output. */
  readonly dout: Tensor;
  /** [B, N - r] */
  readonly outSize: Tensor;
  /** [B, N] of {@link recordMatch}. */
  readonly rowOf: Tensor;
  /** [B, r, C]: gradient of both size-weighted tokens of a pair through the LayerNorm, for {@link recordMergeBackward}. */
  readonly dPairSum: Tensor;
  /** [r], overwritten, as are the three below. */
  readonly da: Tensor;
  /** [C] */
  readonly db: Tensor;
  /** [C] */
  readonly dgamma: Tensor;
  /** [C] */
  readonly dbeta: Tensor;
}

/**
 * Gradients of PYRA's weights, summed over the images, and of what its LayerNorm saw. The gradient of src past the modulation
 * belongs to {@link recordMergeBackward}. Four dispatches; every sum has a fixed order.
 */
export function recordPyraBackward(plan: PlanRecorder, call: PyraBackwardCall): void {
  const { label, batch, tokens, merged } = call;
  const { cells, include } = cellsOf(call.channels);
  const lanes = laneConstants(plan.gpu, cells);
  const width = call.channels / cells;
  const terms = plan.tensor(`${label} terms`, batch * merged * (cells + 1) * width);
  const sums = plan.tensor(`${label} sums`, batch * (4 * cells + 1 + 2 * merged) * width);
  const uniforms = { batch, cells, merged };
  const includes = [include];
  plan.dispatch(backwardTerms, {
    label: `${label} terms`,
    buffers: {
      dout: call.dout,
      outSize: call.outSize,
      x: call.x,
      size: call.size ?? plan.unused,
      pairs: call.pairs,
      rowOf: call.rowOf,
      gChannels: call.gChannels,
      terms,
    },
    uniforms: { ...uniforms, tokens },
    constants: { ...lanes, SIZED: call.size ? 1 : 0 },
    includes,
    grid: flatGrid(batch * merged, lanes.ROWS),
  });
  plan.dispatch(backwardImages, {
    label: `${label} images`,
    buffers: {
      terms,
      gChannels: call.gChannels,
      gPairs: call.gPairs,
      a: call.a,
      normalised: call.normalised,
      gamma: call.gamma,
      beta: call.beta,
      sums,
    },
    uniforms,
    constants: halves(call.half),
    includes,
    grid: flatGrid(batch * cells, 64),
  });
  plan.dispatch(backwardPairs, {
    label: `${label} pairs`,
    buffers: {
      sums,
      a: call.a,
      b: call.b,
      gamma: call.gamma,
      beta: call.beta,
      normalised: call.normalised,
      rstd: call.rstd,
      dPairSum: call.dPairSum,
    },
    uniforms,
    constants: lanes,
    includes,
    grid: flatGrid(batch * merged, lanes.ROWS),
  });
  plan.dispatch(backwardWeights, {
    label: `${label} weights`,
    buffers: { sums, a: call.a, b: call.b, da: call.da, db: call.db, dgamma: call.dgamma, dbeta: call.dbeta },
    uniforms,
    includes,
    grid: flatGrid(Math.max(cells, merged), 64),
  });
}

export interface ModulationStrengthCall {
  readonly label: string;
  /** [B, N, C], before the merge. */
  readonly x: Tensor;
  readonly pairs: Tensor;
  /** Both as {@link recordPyra} wrote them. */
  readonly gChannels: Tensor;
  readonly gPairs: Tensor;
  readonly batch: number;
  readonly tokens: number;
  readonly channels: number;
  /** r */
  readonly merged: number;
  /** [B, r]: ||src' - src|| / ||src|| of each pair. */
  readonly out: Tensor;
}

/** How far PYRA moved each token that merges away, relative to its length. */
export function recordModulationStrength(plan: PlanRecorder, call: ModulationStrengthCall): void {
  const { batch, tokens, merged } = call;
  const { cells, include } = cellsOf(call.channels);
  const lanes = laneConstants(plan.gpu, cells);
  plan.dispatch(strength, {
    label: call.label,
    buffers: { x: call.x, pairs: call.pairs, gChannels: call.gChannels, gPairs: call.gPairs, strength: call.out },
    uniforms: { batch, tokens, cells, merged },
    constants: lanes,
    includes: [include],
    grid: flatGrid(batch * merged, lanes.ROWS),
  });
}
