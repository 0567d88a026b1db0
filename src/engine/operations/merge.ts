import type { Gpu } from '../gpu/device.js';
import { defineKernel, flatGrid } from '../gpu/kernel.js';
import type { PlanRecorder } from '../gpu/recorder.js';
import type { Tensor } from '../gpu/tensor.js';
import { laneConstants } from './lanes.js';

const metric = defineKernel({
  shader: 'merge/metric',
  includes: ['common/lanes'],
  buffers: { qkv: 'read', metric: 'write' },
  uniforms: { batch: 'u32', tokens: 'u32', heads: 'u32', width: 'u32', padded: 'u32' },
});

const partner = defineKernel({
  shader: 'merge/partner',
  buffers: { metric: 'read', best: 'write', partner: 'write' },
  uniforms: { batch: 'u32', evens: 'u32', odds: 'u32', width: 'u32', padded: 'u32', first: 'u32' },
});

const rank = defineKernel({
  shader: 'merge/rank',
  includes: ['common/merged-rows'],
  buffers: {
    best: 'read',
    partner: 'read',
    rank: 'write',
    pairs: 'write',
    pairScore: 'write',
    rowOf: 'write',
    originOf: 'write',
  },
  uniforms: { tokens: 'u32', evens: 'u32', odds: 'u32', merged: 'u32', distilled: 'u32' },
});

const forward = defineKernel({
  shader: 'merge/forward',
  includes: ['common/lanes'],
  buffers: {
    x: 'read',
    size: 'read',
    pairs: 'read',
    originOf: 'read',
    gChannels: 'read',
    gPairs: 'read',
    out: 'write',
    outSize: 'write',
  },
  uniforms: { batch: 'u32', tokens: 'u32', cells: 'u32', merged: 'u32' },
});

const backward = defineKernel({
  shader: 'merge/backward',
  includes: ['common/lanes', 'common/merged-rows'],
  buffers: {
    dout: 'read',
    pairs: 'read',
    size: 'read',
    outSize: 'read',
    gChannels: 'read',
    gPairs: 'read',
    dPairSum: 'read',
    dx: 'write',
  },
  uniforms: { batch: 'u32', tokens: 'u32', cells: 'u32', merged: 'u32', distilled: 'u32' },
});

const track = defineKernel({
  shader: 'merge/track',
  includes: ['common/grid'],
  buffers: { source: 'read', rowOf: 'read', out: 'write' },
  uniforms: { count: 'u32', initial: 'u32', tokens: 'u32' },
});

/** What a matching decided, as {@link recordMatch} wrote it. All are unsigned integers. */
export interface Matching {
  /** [B, r, 2]: (index among the even tokens, index among the odd tokens), most similar pair first. */
  readonly pairs: Tensor;
  /** [B, N]: the row of the output that each token goes to. */
  readonly rowOf: Tensor;
  /** [B, N - r]: the token that keeps each row. */
  readonly originOf: Tensor;
}

export interface MatchCall extends Matching {
  readonly label: string;
  /** [B, N, 3, H, D] */
  readonly qkv: Tensor;
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  /** Whether token 1 is a distillation token, which nothing merges into. */
  readonly distilled: boolean;
  /** r */
  readonly merged: number;
  /** [B, r]: cosine similarity of each pair. */
  readonly pairScore: Tensor;
}

/**
 * ToMe's bipartite soft matching by the keys averaged over heads (arXiv 2210.09461, section 3), in three dispatches: normalised
 * metric, best partner of each even token, ranking. Equal scores go to the lower index. Nothing differentiates through it.
 * Throws where r is below 1 or above half of the tokens that are not protected.
 */
export function recordMatch(plan: PlanRecorder, call: MatchCall): void {
  const { batch, tokens, heads, headDim, distilled, merged } = call;
  const most = Math.floor((tokens - (distilled ? 2 : 1)) / 2);
  if (merged < 1 || merged > most) {
    throw new RangeError(`${call.label}: r is ${merged}, but of ${tokens} tokens at least 1 and at most ${most} merge`);
  }
  const evens = Math.ceil(tokens / 2);
  const odds = Math.floor(tokens / 2);
  // The partner kernel reads 8 odd tokens at a time.
  const padded = 8 * Math.ceil(evens / 8);
  const metrics = plan.tensor(`${call.label} metric`, batch * headDim * 2 * padded);
  const best = plan.tensor(`${call.label} best`, batch * evens);
  const partners = plan.tensor(`${call.label} partner`, batch * evens);

  const lanes = laneConstants(plan.gpu, headDim);
  plan.dispatch(metric, {
    label: `${call.label} metric`,
    buffers: { qkv: call.qkv, metric: metrics },
    uniforms: { batch, tokens, heads, width: headDim, padded },
    constants: lanes,
    grid: flatGrid(batch * tokens, lanes.ROWS),
  });
  const partnerLanes = sharedBlocks(plan.gpu, Math.ceil(odds / 8));
  plan.dispatch(partner, {
    label: `${call.label} partner`,
    buffers: { metric: metrics, best, partner: partners },
    uniforms: { batch, evens, odds, width: headDim, padded, first: distilled ? 1 : 0 },
    constants: partnerLanes,
    grid: flatGrid(batch * Math.ceil(evens / 4), partnerLanes.ROWS),
    macs: batch * evens * odds * headDim,
  });
  plan.dispatch(rank, {
    label: `${call.label} rank`,
    buffers: {
      best,
      partner: partners,
      rank: plan.tensor(`${call.label} rank`, batch * evens),
      pairs: call.pairs,
      pairScore: call.pairScore,
      rowOf: call.rowOf,
      originOf: call.originOf,
    },
    uniforms: { tokens, evens, odds, merged, distilled: distilled ? 1 : 0 },
    constants: { LANES: plan.gpu.adapter.hardware ? 128 : 1 },
    grid: [batch, 1, 1],
  });
}

/** As many lanes as there are blocks of columns to share on hardware, at most a subgroup's worth; one on software. */
function sharedBlocks(gpu: Gpu, blocks: number): { readonly LANES: number; readonly ROWS: number } {
  if (!gpu.adapter.hardware) return { LANES: 1, ROWS: 32 };
  const lanes = Math.min(32, 2 ** Math.ceil(Math.log2(blocks)));
  return { LANES: lanes, ROWS: 64 / lanes };
}

/** PYRA's modulation of the tokens that merge away; a half that is null counts as the constant 1. */
export interface Modulation {
  /** g_D [B, C] */
  readonly channels: Tensor | null;
  /** g_r [B, r] */
  readonly pairs: Tensor | null;
}

export interface MergeCall extends Matching {
  readonly label: string;
  /** [B, N, C] */
  readonly x: Tensor;
  /** [B, N]: how many patches each token stands for; null where all stand for one. */
  readonly size: Tensor | null;
  readonly batch: number;
  readonly tokens: number;
  readonly channels: number;
  /** r */
  readonly merged: number;
  /** [B, N - r, C] */
  readonly out: Tensor;
  /** [B, N - r] */
  readonly outSize: Tensor;
  readonly modulation?: Modulation;
}

/** out = the size-weighted mean of the tokens that share a row; see `shaders/merge/forward.wgsl`. */
export function recordMerge(plan: PlanRecorder, call: MergeCall): void {
  const { batch, tokens, merged } = call;
  const { cells, include } = cellsOf(call.channels);
  const lanes = laneConstants(plan.gpu, cells);
  plan.dispatch(forward, {
    label: call.label,
    buffers: {
      x: call.x,
      size: call.size ?? plan.unused,
      pairs: call.pairs,
      originOf: call.originOf,
      gChannels: call.modulation?.channels ?? plan.unused,
      gPairs: call.modulation?.pairs ?? plan.unused,
      out: call.out,
      outSize: call.outSize,
    },
    uniforms: { batch, tokens, cells, merged },
    constants: { ...lanes, SIZED: call.size ? 1 : 0, ...halves(call.modulation) },
    includes: [include],
    grid: flatGrid(batch * (tokens - merged), lanes.ROWS),
  });
}

export interface MergeBackwardCall extends Matching {
  readonly label: string;
  /** [B, N - r, C] */
  readonly dout: Tensor;
  /** [B, N], null where all are ones. */
  readonly size: Tensor | null;
  /** [B, N - r] */
  readonly outSize: Tensor;
  readonly batch: number;
  readonly tokens: number;
  readonly channels: number;
  /** r */
  readonly merged: number;
  readonly distilled: boolean;
  /** [B, N, C], overwritten. */
  readonly dx: Tensor;
  readonly modulation?: Modulation;
  /** [B, r, C]: what PYRA's LayerNorm adds to the gradient of both size-weighted tokens of a pair. */
  readonly dPairSum?: Tensor;
}

/** dx of {@link recordMerge}; see `shaders/merge/backward.wgsl`. */
export function recordMergeBackward(plan: PlanRecorder, call: MergeBackwardCall): void {
  const { batch, tokens, merged } = call;
  const { cells, include } = cellsOf(call.channels);
  const lanes = laneConstants(plan.gpu, cells);
  plan.dispatch(backward, {
    label: call.label,
    buffers: {
      dout: call.dout,
      pairs: call.pairs,
      size: call.size ?? plan.unused,
      outSize: call.outSize,
      gChannels: call.modulation?.channels ?? plan.unused,
      gPairs: call.modulation?.pairs ?? plan.unused,
      dPairSum: call.dPairSum ?? plan.unused,
      dx: call.dx,
    },
    uniforms: { batch, tokens, cells, merged, distilled: call.distilled ? 1 : 0 },
    constants: { ...lanes, SIZED: call.size ? 1 : 0, ...halves(call.modulation), PAIR_SUM: call.dPairSum ? 1 : 0 },
    includes: [include],
    grid: flatGrid(batch * tokens, lanes.ROWS),
  });
}

function halves(modulation: Modulation | undefined): { readonly CHANNELS: number; readonly PAIRS: number } {
  return { CHANNELS: modulation?.channels ? 1 : 0, PAIRS: modulation?.pairs ? 1 : 0 };
}

/** Rows are read four channels at a time where they are whole multiples of four. */
export function cellsOf(channels: number): { readonly cells: number; readonly include: string } {
  return channels % 4 === 0 ? { cells: channels / 4, include: 'common/cell4' } : { cells: channels, include: 'common/cell1' };
}

export interface TrackCall {
  readonly label: string;
  /** [B, N0]: the row that each original token lived in before this merge; null where that is its own place. */
  readonly source: Tensor | null;
  readonly rowOf: Tensor;
  readonly batch: number;
  /** N0 */
  readonly initialTokens: number;
  /** N before this merge. */
  readonly tokens: number;
  /** [B, N0]: the row that each lives in after it. */
  readonly out: Tensor;
}

/** Follows the original tokens through a merge, for the merge maps. */
export function recordTrack(plan: PlanRecorder, call: TrackCall): void {
  const count = call.batch * call.initialTokens;
  plan.dispatch(track, {
    label: call.label,
    buffers: { source: call.source ?? plan.unused, rowOf: call.rowOf, out: call.out },
    uniforms: { count, initial: call.initialTokens, tokens: call.tokens },
    constants: { SOURCE: call.source ? 1 : 0 },
    grid: flatGrid(count, 64),
  });
}
