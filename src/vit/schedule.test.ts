import { describe, expect, it } from 'vitest';
import { plainArchitecture } from './architecture.js';
import { forwardCost } from './cost.js';
import { PlaygroundError } from './errors.js';
import {
  PAPER_SCHEDULES,
  inflectedSchedule,
  largestMerge,
  requireSchedule,
  resolveSchedule,
  scalePaperSchedule,
} from './schedule.js';

const vitB = { tokens: 197, protectedTokens: 1, depth: 12 };
const vitL = { tokens: 197, protectedTokens: 1, depth: 24 };
const deitB = { tokens: 198, protectedTokens: 2, depth: 12, distilled: true };

describe('scaled paper schedules', () => {
  it.each([
    ['low', vitB, PAPER_SCHEDULES['vit-b/low']],
    ['high', vitB, PAPER_SCHEDULES['vit-b/high']],
    ['low', vitL, PAPER_SCHEDULES['vit-l/low']],
    ['high', vitL, PAPER_SCHEDULES['vit-l/high']],
    ['low', deitB, PAPER_SCHEDULES['deit-b/low']],
    ['high', deitB, PAPER_SCHEDULES['vit-b/high']],
  ] as const)('%s is the paper\u2019s list on the paper\u2019s own shape', (rate, shape, list) => {
    expect(scalePaperSchedule(rate, shape)).toEqual([...list]);
  });

  it('fits every small shape, and keeps the fraction of patches that is merged away', () => {
    for (const depth of [1, 3, 6, 12, 13, 24, 40]) {
      for (const side of [1, 2, 3, 6, 8, 12, 14, 32]) {
        for (const rate of ['low', 'high'] as const) {
          const shape = { tokens: side * side + 1, protectedTokens: 1, depth };
          const { problems, tokens } = resolveSchedule(rate, shape);
          expect(problems).toEqual([]);
          // Few blocks cannot merge as much: each takes at most half.
          if (depth < 12 || side < 8) continue;
          const paper = PAPER_SCHEDULES[`vit-${depth > 18 ? 'l' : 'b'}/${rate}`];
          const expected = 1 - paper.reduce<number>((sum, r) => sum + r, 0) / 196;
          const kept = ((tokens.at(-1) ?? 0) - 1) / (side * side);
          expect(Math.abs(kept - expected)).toBeLessThanOrEqual(1 / (side * side));
        }
      }
    }
  });
});

describe('ToMe\u2019s forms', () => {
  it('is constant, decreasing or increasing on a straight line', () => {
    expect(inflectedSchedule(8, 0, 4)).toEqual([8, 8, 8, 8]);
    expect(inflectedSchedule(8, -1, 5)).toEqual([16, 12, 8, 4, 0]);
    expect(inflectedSchedule(8, 1, 5)).toEqual([0, 4, 8, 12, 16]);
  });

  it('is cut where too few tokens are left, as in ToMe', () => {
    const { r, problems, tokens } = resolveSchedule('16', { tokens: 17, protectedTokens: 1, depth: 4 });
    expect(r).toEqual([8, 4, 2, 1]);
    expect(tokens).toEqual([17, 9, 5, 3, 2]);
    expect(problems).toEqual([]);
  });
});

describe('lists', () => {
  it('are taken at their word, and refused by the block that asks for too much', () => {
    expect(resolveSchedule('3, 0 2', { tokens: 17, protectedTokens: 1, depth: 3 }).tokens).toEqual([17, 14, 14, 12]);
    const tooMuch = { tokens: 17, protectedTokens: 1, depth: 3 };
    expect(resolveSchedule('3,7,2', tooMuch).problems.map(({ block }) => block)).toEqual([1]);
    expect(() => requireSchedule('3,7,2', tooMuch)).toThrow(/block 1 would merge 7 tokens, but of its 14 tokens at most 6/);
  });

  it.each(['abc', '1,2', '8@3', '-4', '1.5,2,3'])('%s is no schedule of three blocks', (text) => {
    expect(() => resolveSchedule(text, { tokens: 17, protectedTokens: 1, depth: 3 })).toThrow(PlaygroundError);
  });

  it('merge at most half of what is not protected', () => {
    expect(largestMerge(197, 1)).toBe(98);
    expect(largestMerge(198, 2)).toBe(98);
    expect(largestMerge(2, 1)).toBe(0);
  });
});

describe('cost', () => {
  const architecture = plainArchitecture({ imageSize: 224, patchSize: 16, embedDim: 768, depth: 12, heads: 12 });
  const options = { patches: 196, sizes: { lora: 0, adapter: 0 }, classes: 1000 } as const;

  it('is ViT-B/16\u2019s 17.6 GMACs at 224 pixels without merging, less what the last block\u2019s patches would go through for nothing', () => {
    const { macs, blocks } = forwardCost(architecture, { ...options, tokens: Array<number>(13).fill(197), method: 'none' });
    // Of 196 patches attention's two products, its projection and the MLP's two layers.
    const leftOut = 196 * (2 * 197 * 768 + 768 * 768 + 2 * 768 * 3072);
    // fvcore and the ViT papers give 17.56 to 17.58 G.
    expect((macs + leftOut) / 1e9).toBeCloseTo(17.57, 1);
    expect(blocks.slice(0, 11)).toEqual(Array(11).fill(blocks[0]));
    expect((blocks[0] ?? 0) - (blocks[11] ?? 0)).toBe(leftOut);
  });

  it('falls by the paper\u2019s factors: about 1.7 at its low rate and 3.2 at its high one', () => {
    const cost = (text: string) =>
      forwardCost(architecture, {
        ...options,
        tokens: resolveSchedule(text, vitB).tokens,
        method: text === 'none' ? 'none' : 'tome',
      }).macs;
    expect(cost('none') / cost('low')).toBeGreaterThan(1.6);
    expect(cost('none') / cost('low')).toBeLessThan(2.1);
    expect(cost('none') / cost('high')).toBeGreaterThan(2.9);
    expect(cost('none') / cost('high')).toBeLessThan(3.8);
  });
});
