import { expect, test } from 'vitest';
import { asIndices, Bench } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { originOf, pairsOf } from '../../testing/machines/merging.js';
import { drawPairs as reference } from '../reference/merging/draw-pairs.js';
import { drawPairs } from './draw-pairs.js';

test.each([
  { images: 1, tokens: 3, r: 1, protectedTokens: 1, seed: 0, block: 0 },
  { images: 3, tokens: 17, r: 8, protectedTokens: 1, seed: 7, block: 3 },
  { images: 2, tokens: 18, r: 8, protectedTokens: 2, seed: 0xffff_ffff, block: 11 },
  { images: 2, tokens: 197, r: 40, protectedTokens: 1, seed: 123456, block: 5 },
  { images: 2, tokens: 54, r: 24, protectedTokens: 5, seed: 99, block: 2 },
])('draws the reference’s pairs: $tokens tokens, r $r, seed $seed', async (call) => {
  const { images, tokens, r, protectedTokens, seed, block } = call;
  const bench = new Bench(await testMachine());
  const drawn = await bench.run(drawPairs(bench.recorder, { label: 'pairs', ...call }));
  const expected = reference(seed, block, { images, tokens, r, protectedTokens });
  expect(asIndices(drawn.pairs)).toEqual(pairsOf(expected));
  expect(asIndices(drawn.rowOf)).toEqual(Uint32Array.from(expected.row));
  expect(asIndices(drawn.originOf)).toEqual(originOf(expected, { images, tokens, channels: 1, r, protectedTokens }));
  // The pairs are the same for every picture.
  expect(expected.src.slice(0, r)).toEqual(expected.src.slice((images - 1) * r));
});

test('another seed or another block draws other pairs', () => {
  const shape = { images: 1, tokens: 197, r: 20, protectedTokens: 1 };
  const first = reference(1, 2, shape);
  expect(reference(1, 2, shape)).toEqual(first);
  expect(reference(2, 2, shape).src).not.toEqual(first.src);
  expect(reference(1, 3, shape).src).not.toEqual(first.src);
});
