import { describe, expect, it } from 'vitest';
import type { MergeBlock } from '../../protocol/maps.js';
import { explainedBlock, mergedPair, neighbouringRank, nextMerge, rankOf, type Paired } from './pair.js';

const block = (source: number[], size: number[], merged: number[], kept: number[], rest: Partial<MergeBlock>): MergeBlock => ({
  tokens: size.length,
  source: Uint32Array.from(source),
  size: Float32Array.from(size),
  mergedRow: Uint32Array.from(merged),
  keptRow: Uint32Array.from(kept),
  similarity: Float32Array.from(merged, (_, rank) => 0.9 - rank / 10),
  pairModulation: new Float32Array(),
  channelModulation: new Float32Array(),
  modulationStrength: new Float32Array(),
  pairTokens: Float32Array.from({ length: merged.length * 6 }, (_, i) => i + 1),
  pairKeys: Float32Array.from({ length: merged.length * 2 }, (_, i) => 10 * i),
  ...rest,
});

/** 2 x 2 patches, a class token in front, two channels. Patches 3 and 1 merge into 0, most similar first, then 2 into 0. */
const map = (method: Paired['configuration']['method'], modulation: Partial<MergeBlock> = {}): Paired => ({
  gridSide: 2,
  protectedTokens: 1,
  configuration: { method },
  blocks: [block([0, 1, 1, 2, 1], [1, 3, 1], [4, 2], [1, 1], modulation), block([0, 1, 1, 1, 1], [1, 4], [2], [1], {})],
});

describe('finds a pair', () => {
  it('by a patch of either token; where several pairs share dst, the most similar one', () => {
    expect([0, 1, 2, 3].map((patch) => rankOf(map('tome'), 1, patch))).toEqual([0, 1, null, 0]);
    expect([0, 1, 2, 3].map((patch) => rankOf(map('tome'), 2, patch))).toEqual([0, 0, 0, 0]);
  });

  it('in a later block, if the patch does not merge yet', () => {
    expect(nextMerge(map('tome'), 1, 2)).toBe(2);
    expect(nextMerge(map('tome'), 2, 2)).toBeNull();
  });

  it('whose tokens touch in the picture: patches 3 and 0 only meet at a corner', () => {
    expect(neighbouringRank(map('tome'), 1)).toBe(1);
    expect(neighbouringRank({ ...map('tome'), blocks: [] }, 1)).toBe(0);
  });

  it('of the block at the slider, and of the first block before any', () => {
    expect([0, 1, 2, 9].map((position) => explainedBlock(map('tome'), position))).toEqual([1, 1, 2, 2]);
  });
});

describe('a pair has', () => {
  it('has its tokens before and after', () => {
    const pair = mergedPair(map('tome'), 1, 1);
    expect(pair).toMatchObject({ block: 1, rank: 1, pairs: 2, others: 1, modulation: null, dropped: false, mergedSize: 3 });
    expect(pair?.src).toMatchObject({ row: 2, size: 1, patches: [1] });
    expect(pair?.dst).toMatchObject({ row: 1, size: 1, patches: [0] });
    expect([pair?.src.values, pair?.dst.values, pair?.merged].map((values) => [...(values ?? [])])).toEqual([
      [7, 8],
      [9, 10],
      [11, 12],
    ]);
    expect([...(pair?.src.key ?? []), ...(pair?.dst.key ?? [])]).toEqual([20, 30]);
    expect(pair?.mergedPatches).toEqual([0, 1, 3]);
    expect(mergedPair(map('tome'), 2, 0)?.dst).toMatchObject({ size: 3, patches: [0, 1, 3] });
    expect(mergedPair(map('tome'), 1, 2)).toBeNull();
  });

  it('has src as PYRA changes it, with both generators or one', () => {
    const traced = {
      pairModulation: Float32Array.of(0, 0.5),
      channelModulation: Float32Array.of(1, 2),
      modulationStrength: Float32Array.of(0, 0.8),
    };
    const changed = (method: Paired['configuration']['method']) => [
      ...(mergedPair(map(method, traced), 1, 1)?.modulation?.changed ?? []),
    ];
    expect(changed('pyra')).toEqual([7 * 1.5, 8 * 2]);
    expect(changed('pyra-pairs')).toEqual([7 * 1.5, 8 * 1.5]);
    expect(changed('pyra-channels')).toEqual([7, 16]);
  });

  it('leaves dst as it was if the method drops src', () => {
    expect(mergedPair(map('prune'), 1, 0)?.dropped).toBe(true);
  });
});
