import { firstPartner, type Matching, type MatchShape } from '../../../operations/match.js';
import type { Operation } from '../../../plan/operation.js';
import type { Tensor } from '../../../plan/tensor.js';
import { defineKernel, flatGrid } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { laneConstants } from './lanes.js';

const metric = defineKernel({
  shader: 'merge/metric',
  includes: ['common/lanes'],
  buffers: { qkv: 'read', metric: 'write' },
  uniforms: { images: 'u32', tokens: 'u32', heads: 'u32', headWidth: 'u32', padded: 'u32' },
});

const partner = defineKernel({
  shader: 'merge/partner',
  buffers: { metric: 'read', best: 'write', partner: 'write' },
  uniforms: { images: 'u32', evens: 'u32', odds: 'u32', headWidth: 'u32', padded: 'u32', first: 'u32' },
});

const rank = defineKernel({
  shader: 'merge/rank',
  includes: ['common/merged-rows'],
  buffers: {
    ...{ best: 'read', partner: 'read', rank: 'write' },
    ...{ pairs: 'write', score: 'write', rowOf: 'write', originOf: 'write' },
  },
  uniforms: { tokens: 'u32', evens: 'u32', odds: 'u32', r: 'u32', protectedTokens: 'u32' },
});

const draw = defineKernel({
  shader: 'merge/draw',
  includes: ['common/grid', 'common/random'],
  buffers: { best: 'write', partner: 'write' },
  uniforms: { count: 'u32', evens: 'u32', odds: 'u32', first: 'u32', seed: 'u32', block: 'u32' },
});

/** Three dispatches: the normalised metric, the best partner of each even token, the ranking. */
export function lowerMatch(lowering: Lowering, { label, tensors, call }: Operation<'match'>): void {
  const { images, tokens, heads, headWidth } = call;
  const evens = Math.ceil(tokens / 2);
  const odds = Math.floor(tokens / 2);
  // The partner kernel reads 8 odd tokens at a time.
  const padded = 8 * Math.ceil(evens / 8);
  const metrics = lowering.scratch(`${label} metric`, images * headWidth * 2 * padded);
  const best = lowering.scratch(`${label} best`, images * evens);
  const partners = lowering.scratch(`${label} partner`, images * evens);

  const lanes = laneConstants(headWidth);
  lowering.dispatch(metric, {
    label: `${label} metric`,
    buffers: { qkv: tensors.qkv, metric: metrics },
    uniforms: { images, tokens, heads, headWidth, padded },
    constants: lanes,
    grid: flatGrid(images * tokens, lanes.ROWS),
  });
  const partnerLanes = sharedBlocks(Math.ceil(odds / 8));
  lowering.dispatch(partner, {
    label: `${label} partner`,
    buffers: { metric: metrics, best, partner: partners },
    uniforms: { images, evens, odds, headWidth, padded, first: firstPartner(call) },
    constants: partnerLanes,
    grid: flatGrid(images * Math.ceil(evens / 4), partnerLanes.ROWS),
    macs: images * evens * odds * headWidth,
  });
  lowerRank(lowering, label, { best, partner: partners }, tensors, call);
}

/** Random pairs in two dispatches: the draws, and the same ranking. */
export function lowerDrawPairs(lowering: Lowering, { label, tensors, call }: Operation<'drawPairs'>): void {
  const { images, tokens, seed, block } = call;
  const evens = Math.ceil(tokens / 2);
  const odds = Math.floor(tokens / 2);
  const count = images * evens;
  const best = lowering.scratch(`${label} drawn`, count);
  const partner = lowering.scratch(`${label} partner`, count);
  lowering.dispatch(draw, {
    label: `${label} draw`,
    buffers: { best, partner },
    uniforms: { count, evens, odds, first: firstPartner(call), seed, block },
    grid: flatGrid(count, 64),
  });
  lowerRank(lowering, label, { best, partner }, tensors, call);
}

/** Ranks even tokens, of which the r with the highest scores merge. best, partner [B, E]. */
function lowerRank(
  lowering: Lowering,
  label: string,
  { best, partner }: { readonly best: Tensor; readonly partner: Tensor },
  tensors: Pick<Matching, 'pairs'> & Partial<Matching>,
  call: MatchShape,
): void {
  const { images, tokens, r, protectedTokens } = call;
  const evens = Math.ceil(tokens / 2);
  lowering.dispatch(rank, {
    label: `${label} rank`,
    buffers: {
      ...{ best, partner, rank: lowering.scratch(`${label} rank`, images * evens), pairs: tensors.pairs },
      score: tensors.score ?? lowering.scratch(`${label} score`, images * r),
      rowOf: tensors.rowOf ?? lowering.scratch(`${label} row of`, images * tokens),
      originOf: tensors.originOf ?? lowering.scratch(`${label} origin of`, images * (tokens - r)),
    },
    uniforms: { tokens, evens, odds: Math.floor(tokens / 2), r, protectedTokens },
    grid: [images, 1, 1],
  });
}

/** As many lanes as there are blocks of columns, at most 32. */
function sharedBlocks(blocks: number): { readonly LANES: number; readonly ROWS: number } {
  const lanes = Math.min(32, 2 ** Math.ceil(Math.log2(blocks)));
  return { LANES: lanes, ROWS: 64 / lanes };
}
