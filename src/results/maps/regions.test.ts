import { describe, expect, it } from 'vitest';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { GONE, type MergeBlock, type MergeMap } from '../../protocol/maps.js';
import { histogram, largest, pairValues, patchColours, pathOf, regionsAt, similarityAxis, tokensAt } from './regions.js';

const block = (source: number[], rest: Partial<MergeBlock> = {}): MergeBlock => ({
  tokens: Math.max(...source) + 1,
  source: Uint32Array.from(source),
  size: new Float32Array(),
  mergedRow: new Uint32Array(),
  keptRow: new Uint32Array(),
  similarity: new Float32Array(),
  pairModulation: new Float32Array(),
  channelModulation: new Float32Array(),
  modulationStrength: new Float32Array(),
  pairTokens: new Float32Array(),
  pairKeys: new Float32Array(),
  ...rest,
});

/** 2 x 2 patches of 2 x 2 pixels: black, red 100, red 200, blue 40; class token in front. Tokens 2 and 4 merge into 1, then 3 into 1. */
function example(): MergeMap {
  const pixels = new Uint8ClampedArray(4 * 4 * 4);
  const fill = (patch: number, colour: [number, number, number]): void => {
    for (const dy of [0, 1])
      for (const dx of [0, 1]) {
        const at = ((Math.floor(patch / 2) * 2 + dy) * 4 + (patch % 2) * 2 + dx) * 4;
        pixels.set([...colour, 255], at);
      }
  };
  fill(1, [100, 0, 0]);
  fill(2, [200, 0, 0]);
  fill(3, [0, 0, 40]);
  return {
    weights: 'backbone',
    picture: { part: 'validation', index: 0 },
    gridSide: 2,
    imageSize: 4,
    protectedTokens: 1,
    pixels,
    blocks: [
      block([0, 1, 1, 2, 1], {
        mergedRow: Uint32Array.from([4, 2]),
        keptRow: Uint32Array.from([1, 1]),
        pairModulation: Float32Array.from([0.5, -0.25]),
      }),
      block([0, 1, 1, 1, 1], {
        mergedRow: Uint32Array.from([2]),
        keptRow: Uint32Array.from([1]),
        pairModulation: Float32Array.from([0.75]),
      }),
    ],
    data: null,
    backbone: 'bundled',
    configuration: PAPER_RECIPE,
    truth: null,
    classes: [],
    probabilities: new Float32Array(),
    milliseconds: 1,
  };
}

describe('regions of a merge map', () => {
  it('are single patches before the first block', () => {
    const map = example();
    const regions = regionsAt(map, 0, patchColours(map));
    expect([...regions.row]).toEqual([1, 2, 3, 4]);
    expect(regions.tokens).toBe(5);
    expect([...regions.colour]).toEqual([0, 0, 0, 100, 0, 0, 200, 0, 0, 0, 0, 40]);
  });

  it('have the mean colour of their patches', () => {
    const map = example();
    const regions = regionsAt(map, 1, patchColours(map));
    expect(regions.members.get(1)).toEqual([0, 1, 3]);
    expect(regions.members.get(2)).toEqual([2]);
    expect(regions.colour[0]).toBeCloseTo(100 / 3, 4);
    expect(regions.colour[2]).toBeCloseTo(40 / 3, 4);
    expect(regions.colour[6]).toBe(200);
    expect(tokensAt(map, 1)).toBe(3);
  });

  it('follow a patch through the blocks', () => {
    expect(pathOf(example(), 3)).toEqual([1, 3, 4]);
    expect(pathOf(example(), 2)).toEqual([1, 1, 4]);
  });

  it('show a pair’s value on the patches of the token that is merged away', () => {
    const map = example();
    expect([...pairValues(map, 1, 'pairModulation')]).toEqual([Number.NaN, -0.25, Number.NaN, 0.5]);
    expect([...pairValues(map, 2, 'pairModulation')]).toEqual([Number.NaN, Number.NaN, 0.75, Number.NaN]);
    expect([...pairValues(map, 0, 'pairModulation')].every(Number.isNaN)).toBe(true);
    expect([...pairValues(map, 1, 'modulationStrength')].every(Number.isNaN)).toBe(true);
  });

  it('count similarities in bins, the ends included', () => {
    expect(histogram(Float32Array.from([-1, -0.9, 0, 0.99, 1]), -1, 4)).toEqual([2, 0, 1, 2]);
    expect(histogram(Float32Array.from([0.5, 0.81, 0.89, 0.92, 1]), 0.8, 2)).toEqual([3, 2]);
  });

  it('begin the axis of similarities below nine tenths of the pairs of all blocks', () => {
    const floorOf = (...similarities: number[][]): number =>
      similarityAxis({ ...example(), blocks: similarities.map((list) => block([0], { similarity: Float32Array.from(list) })) })
        .low;
    expect(floorOf([0.98, 1], [0.71, 0.99])).toBe(0.7);
    expect(floorOf([0.7])).toBe(0.7);
    expect(floorOf([0.999])).toBe(0.95);
    expect(floorOf([-0.32], [])).toBe(-0.35);
    expect(floorOf(Array<number>(19).fill(0.93), [0.1])).toBe(0.9);
    expect(floorOf(Array<number>(8).fill(0.93), [0.1])).toBe(0.1);
    expect(similarityAxis({ ...example(), blocks: [block([0], { similarity: Float32Array.of(0.5, 0.25) })] }).least).toBe(0.25);
  });

  it('measure the largest change over all blocks', () => {
    const map = { ...example(), blocks: [block([0], { channelModulation: Float32Array.from([1, 0.25]) }), ...example().blocks] };
    expect(largest(map, 'pairModulation')).toBe(0.75);
    expect(largest(map, 'channelModulation', 1)).toBe(0.75);
    expect(largest(map, 'modulationStrength')).toBe(0);
  });
});

describe('a patch that was dropped', () => {
  /** Patch 3 (token 4) is dropped in the first block, and patch 1 (token 2) in the second. */
  const map: MergeMap = { ...example(), blocks: [block([0, 1, 2, 3, GONE]), block([0, 1, GONE, 2, GONE])] };

  it('is in no region, unlike every other patch', () => {
    const regions = regionsAt(map, 2, patchColours(map));
    expect([...regions.members.values()].flat().sort()).toEqual([0, 2]);
    expect([...regions.row].map((row) => row === GONE)).toEqual([false, true, false, true]);
  });

  it('ends its path', () => {
    expect(pathOf(map, 3)).toEqual([1, 0, 0]);
    expect(pathOf(map, 1)).toEqual([1, 1, 0]);
  });

  it('is grey, whatever its pixels are', () => {
    const { colour } = regionsAt(map, 1, patchColours(map));
    expect(new Set(colour.slice(9))).toEqual(new Set([112]));
  });
});
