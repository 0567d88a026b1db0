import { firstPartner, type Matching, type MatchShape } from '../../../operations/match.js';
import type { Operation } from '../../../plan/operation.js';
import { defineKernel } from '../kernel.js';
import type { Lowering } from '../lowering.js';
import { pictureConstants } from './lanes.js';

/** The buffers and uniforms of `merge/ranking.wgsl`. */
const ranking = {
  buffers: { work: 'update', pairs: 'write', score: 'write', rowOf: 'write', originOf: 'write' },
  uniforms: { tokens: 'u32', evens: 'u32', odds: 'u32', r: 'u32', protectedTokens: 'u32', first: 'u32' },
} as const;

const match = defineKernel({
  shader: 'merge/match',
  includes: ['lanes/lane4', 'lanes/memory', 'lanes/sums', 'common/merged-rows', 'merge/ranking'],
  buffers: { qkv: 'read', metric: 'write', ...ranking.buffers },
  uniforms: { ...ranking.uniforms, heads: 'u32', headWidth: 'u32', padded: 'u32', share: 'u32' },
});

const draw = defineKernel({
  shader: 'merge/draw',
  includes: ['common/random', 'common/merged-rows', 'merge/ranking'],
  buffers: ranking.buffers,
  uniforms: { ...ranking.uniforms, seed: 'u32', block: 'u32' },
});

/** One dispatch, with a workgroup for each picture: the normalised metric, the best partner of each even token, the ranking. */
export function lowerMatch(lowering: Lowering, { label, tensors, call }: Operation<'match'>): void {
  const { images, heads, headWidth } = call;
  const { evens, odds } = halvesOf(call);
  // The kernel reads 8 odd tokens at a time.
  const padded = 8 * Math.ceil(evens / 8);
  lowering.dispatch(match, {
    label,
    buffers: {
      qkv: tensors.qkv,
      metric: lowering.scratch(`${label} metric`, images * headWidth * 2 * padded),
      ...rankingBuffers(lowering, label, tensors, call),
    },
    uniforms: { ...rankingUniforms(call), heads, headWidth, padded, share: sharedBlocks(Math.ceil(odds / 8)) },
    constants: pictureConstants(lowering.gpu, headWidth),
    grid: [images, 1, 1],
    macs: images * evens * odds * headWidth,
  });
}

/** Random pairs in one dispatch: the draws, and the same ranking. */
export function lowerDrawPairs(lowering: Lowering, { label, tensors, call }: Operation<'drawPairs'>): void {
  const { images, seed, block } = call;
  lowering.dispatch(draw, {
    label,
    buffers: rankingBuffers(lowering, label, tensors, call),
    uniforms: { ...rankingUniforms(call), seed, block },
    grid: [images, 1, 1],
  });
}

const halvesOf = ({ tokens }: MatchShape) => ({ evens: Math.ceil(tokens / 2), odds: Math.floor(tokens / 2) });

function rankingBuffers(
  lowering: Lowering,
  label: string,
  tensors: Pick<Matching, 'pairs'> & Partial<Matching>,
  call: MatchShape,
) {
  const { images, tokens, r } = call;
  return {
    work: lowering.scratch(`${label} work`, images * 3 * halvesOf(call).evens),
    pairs: tensors.pairs,
    score: tensors.score ?? lowering.scratch(`${label} score`, images * r),
    rowOf: tensors.rowOf ?? lowering.scratch(`${label} row of`, images * tokens),
    originOf: tensors.originOf ?? lowering.scratch(`${label} origin of`, images * (tokens - r)),
  };
}

function rankingUniforms(call: MatchShape) {
  const { tokens, r, protectedTokens } = call;
  return { tokens, ...halvesOf(call), r, protectedTokens, first: firstPartner(call) };
}

/** As many lanes as there are blocks of columns, at most 32. */
const sharedBlocks = (blocks: number): number => Math.min(32, 2 ** Math.ceil(Math.log2(blocks)));
