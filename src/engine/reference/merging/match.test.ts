import { describe, expect, it } from 'vitest';
import { match } from './match.js';
import { merge, mergeSource } from './merge.js';
import { metric } from './metric.js';

/** Unit vectors in the plane at these angles in degrees, so that their similarities are easy to see. */
const angles = (...degrees: number[]): Float64Array =>
  Float64Array.from(degrees.flatMap((degree) => [Math.cos((degree * Math.PI) / 180), Math.sin((degree * Math.PI) / 180)]));

describe('match', () => {
  it('pairs each even token with its most similar odd one, most similar pair first', () => {
    // Tokens:            0  1   2   3   4    5    6
    const m = angles(0, 0, 50, 60, 178, 180, 57);
    const pairs = match(m, { images: 1, tokens: 7, headWidth: 2, r: 2, protectedTokens: 1 });
    // Even tokens 2 (to 3, 10 degrees), 4 (to 5, 2 degrees), 6 (to 3, 3 degrees); the class token's perfect partner does not count.
    expect([...pairs.src]).toEqual([2, 3]);
    expect([...pairs.dst]).toEqual([2, 1]);
    expect([...pairs.staying]).toEqual([0, 1]);
    expect(pairs.score[0]).toBeCloseTo(Math.cos((2 * Math.PI) / 180), 12);
    // New rows: evens 0 and 2, then odds 1, 3, 5.
    expect([...pairs.row]).toEqual([0, 2, 1, 3, 4, 4, 3]);
  });

  it('breaks ties by the lower index, of the partner and of the pair', () => {
    const m = angles(90, 0, 0, 0, 0, 0, 0);
    const pairs = match(m, { images: 1, tokens: 7, headWidth: 2, r: 2, protectedTokens: 1 });
    expect([...pairs.src]).toEqual([1, 2]);
    expect([...pairs.dst]).toEqual([0, 0]);
    expect(pairs.gap[0]).toBe(0);
  });

  it('keeps the distillation token unchanged in front', () => {
    // Token 1 is the distillation token. Token 2 is most similar to it, but must choose another.
    const m = angles(0, 20, 20, 100, 100, 200);
    const pairs = match(m, { images: 1, tokens: 6, headWidth: 2, r: 1, protectedTokens: 2 });
    expect([...pairs.src]).toEqual([2]);
    expect([...pairs.dst]).toEqual([1]);
    expect([...pairs.row]).toEqual([0, 1, 2, 3, 3, 4]);
    const two = match(m, { images: 1, tokens: 6, headWidth: 2, r: 2, protectedTokens: 2 });
    expect([...two.src]).toEqual([2, 1]);
    expect([...two.dst]).toEqual([1, 1]);
  });

  it('merges at most half of the tokens that are not protected', () => {
    expect(() => match(angles(0, 1, 2, 3), { images: 1, tokens: 4, headWidth: 2, r: 2, protectedTokens: 1 })).toThrow(
      'match: r is 2, but of 4 tokens at most 1 can merge',
    );
    expect([...match(angles(0), { images: 1, tokens: 1, headWidth: 2, r: 0, protectedTokens: 1 }).row]).toEqual([0]);
  });

  it('weighs by size and follows the original tokens through two merges', () => {
    const first = match(angles(0, 0, 50, 60, 178, 180, 57), { images: 1, tokens: 7, headWidth: 2, r: 2, protectedTokens: 1 });
    const x = Float64Array.of(10, 20, 30, 40, 50, 60, 70);
    const once = merge(x, new Float64Array(7).fill(1), first, null, { images: 1, tokens: 7, channels: 1, r: 2 });
    expect([...once.out]).toEqual([10, 30, 20, (40 + 70) / 2, (50 + 60) / 2]);
    expect([...once.size]).toEqual([1, 1, 1, 2, 2]);
    const source = mergeSource(Int32Array.of(0, 1, 2, 3, 4, 5, 6), first, 1, 7);
    // The tokens are now the original 0, 2, 1, 3 + 6 and 4 + 5; row 4 merges into row 3.
    const second = match(angles(0, 90, 270, 40, 41), { images: 1, tokens: 5, headWidth: 2, r: 1, protectedTokens: 1 });
    const twice = merge(once.out, once.size, second, null, { images: 1, tokens: 5, channels: 1, r: 1 });
    expect([...twice.out]).toEqual([10, 20, 30, (40 + 70 + 50 + 60) / 4]);
    expect([...twice.size]).toEqual([1, 1, 1, 4]);
    expect([...mergeSource(source, second, 1, 5)]).toEqual([0, 1, 2, 3, 3, 3, 3]);
  });

  it('compares by the mean of k over the heads, normalised to length 1', () => {
    // One token, two heads of headWidth 2: k = (1, 2) and (5, 6), mean (3, 4), length 5.
    const qkv = Float64Array.of(9, 9, 9, 9, 1, 2, 5, 6, 9, 9, 9, 9);
    expect([...metric(qkv, { images: 1, tokens: 1, heads: 2, headWidth: 2 })]).toEqual([0.6, 0.8]);
  });
});
