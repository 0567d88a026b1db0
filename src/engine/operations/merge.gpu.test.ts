import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { asIndices, Bench } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import {
  describeCase,
  exact,
  originOf,
  pairsOf,
  randomMatch,
  randomSizes,
  uploadMatch,
  type MergeCase,
} from '../../testing/machines/merging.js';
import { match as referenceMatch, type Match } from '../reference/merging/match.js';
import * as reference from '../reference/merging/merge.js';
import { metric } from '../reference/merging/metric.js';
import { match } from './match.js';
import { merge, type MergeCall } from './merge.js';
import { track } from './trace.js';

/** The error of a sum of a few float32 products: some units in the last place, 6e-8 each. */
const FEW_ROUNDINGS = 1e-6;

interface Keys {
  readonly images: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly r: number;
  readonly protectedTokens: number;
}

async function matchOnGpu(qkv: Float64Array, keys: Keys) {
  const { images, tokens, heads, headWidth, r, protectedTokens } = keys;
  const bench = new Bench(await testMachine());
  const matching = match(bench.recorder, {
    label: 'match',
    qkv: bench.input('qkv', qkv),
    ...{ images, tokens, heads, headWidth, r, protectedTokens },
  });
  const { pairs, score, rowOf, originOf: origin } = await bench.run(matching);
  return { pairs: asIndices(pairs), score, row: asIndices(rowOf), origin: asIndices(origin) };
}

function expectedMatch(qkv: Float64Array, keys: Keys): { m: Float64Array; best: Match } {
  const { images, tokens, heads, headWidth, r, protectedTokens } = keys;
  const m = metric(qkv, { images, tokens, heads, headWidth });
  return { m, best: referenceMatch(m, { images, tokens, headWidth, r, protectedTokens }) };
}

const shapeOf = (keys: Keys): MergeCase => ({ ...keys, channels: 1 });

const most = (tokens: number, protectedTokens: number): number => Math.floor((tokens - protectedTokens) / 2);

const MATCHES: Keys[] = [];
for (const [tokens, headWidth] of [
  [3, 1],
  [4, 17],
  [5, 128],
  [17, 17],
  [196, 16],
  [197, 64],
  [1370, 64],
  [1400, 16],
] as const) {
  for (const protectedTokens of [1, 2, 5, 8]) {
    const largest = most(tokens, protectedTokens);
    for (const r of new Set([1, Math.ceil(largest / 2), largest])) {
      if (r < 1 || r > largest) continue;
      MATCHES.push({ images: tokens > 500 ? 1 : 3, tokens, heads: 1 + (tokens % 3), headWidth, r, protectedTokens });
    }
  }
}

describe.each(MATCHES)('matching $tokens tokens of width $headWidth, r $r, T $protectedTokens', (keys) => {
  const { images, tokens, headWidth, r, protectedTokens } = keys;
  const qkv = exact(new Fixtures(tokens * 7 + r).normal(images * tokens * 3 * keys.heads * headWidth));

  test('chooses the pairs of the reference, except where float32 cannot distinguish scores', async () => {
    const gpu = await matchOnGpu(qkv, keys);
    const { m, best } = expectedMatch(qkv, keys);
    const cosine = (b: number, even: number, odd: number): number => {
      let sum = 0;
      for (let d = 0; d < headWidth; d++) {
        sum += m[(b * tokens + 2 * even) * headWidth + d]! * m[(b * tokens + 2 * odd + 1) * headWidth + d]!;
      }
      return sum;
    };
    expectClose('pairScore', gpu.score, best.score, FEW_ROUNDINGS);
    for (let k = 0; k < images * r; k++) {
      const [even, odd] = [gpu.pairs[2 * k]!, gpu.pairs[2 * k + 1]!];
      if (best.gap[Math.floor(k / r)]! > FEW_ROUNDINGS) {
        expect([even, odd]).toEqual([best.src[k], best.dst[k]]);
      }
      expect(Math.abs(cosine(Math.floor(k / r), even, odd) - best.score[k]!)).toBeLessThan(FEW_ROUNDINGS);
      expect(2 * even).toBeGreaterThanOrEqual(protectedTokens);
      expect(2 * odd + 1).toBeGreaterThanOrEqual(protectedTokens);
    }
  });

  test('orders the rows by its pairs', async () => {
    const gpu = await matchOnGpu(qkv, keys);
    // The order of rows is derived again from the pairs alone.
    for (let b = 0; b < images; b++) {
      const gone = new Map<number, number>();
      for (let k = b * r; k < (b + 1) * r; k++) gone.set(gpu.pairs[2 * k]!, gpu.pairs[2 * k + 1]!);
      expect(gone.size).toBe(r);
      const staying: number[] = [];
      for (let i = 0; 2 * i < tokens; i++) if (!gone.has(i)) staying.push(2 * i);
      const odds = Array.from({ length: Math.floor(tokens / 2) }, (_, j) => 2 * j + 1);
      const inFront = Array.from({ length: protectedTokens }, (_, n) => n);
      const order = [...inFront, ...[...staying, ...odds].filter((n) => n >= protectedTokens)];
      const left = tokens - r;
      expect([...gpu.origin.subarray(b * left, (b + 1) * left)]).toEqual(order);
      const rows = Array.from({ length: tokens }, (_, n) => {
        const odd = n % 2 === 0 ? gone.get(n / 2) : undefined;
        return order.indexOf(odd === undefined ? n : 2 * odd + 1);
      });
      expect([...gpu.row.subarray(b * tokens, (b + 1) * tokens)]).toEqual(rows);
    }
  });
});

describe('equal scores', () => {
  // Keys are powers of two times unit vectors: every norm and every cosine (0 or 1) is exact, and most of them tie.
  const keys: Keys = { images: 2, tokens: 196, heads: 2, headWidth: 16, r: 60, protectedTokens: 1 };
  const qkv = new Float64Array(keys.images * keys.tokens * 3 * keys.heads * keys.headWidth);
  const axes = new Fixtures(5).integers(keys.images * keys.tokens, 0, keys.headWidth - 1);
  axes.forEach((axis, n) => {
    for (let h = 0; h < keys.heads; h++) qkv[((n * 3 + 1) * keys.heads + h) * keys.headWidth + axis] = 2 ** (n % 5);
  });

  test.each([1, 5])('go to the lower index, T %i', async (protectedTokens) => {
    const gpu = await matchOnGpu(qkv, { ...keys, protectedTokens });
    const { best } = expectedMatch(qkv, { ...keys, protectedTokens });
    expect([...gpu.pairs]).toEqual([...pairsOf(best)]);
    expect([...gpu.row]).toEqual([...best.row]);
    expect([...gpu.origin]).toEqual([...originOf(best, shapeOf({ ...keys, protectedTokens }))]);
    expect([...gpu.score]).toEqual([...best.score]);
  });

  test('of equal tokens leave the class token in its place', async () => {
    const shape: Keys = { images: 1, tokens: 9, heads: 1, headWidth: 3, r: 4, protectedTokens: 1 };
    const gpu = await matchOnGpu(new Float64Array(9 * 9).fill(1), shape);
    expect([...gpu.pairs]).toEqual([1, 0, 2, 0, 3, 0, 4, 0]);
    expect([...gpu.row]).toEqual([0, 1, 1, 2, 1, 3, 1, 4, 1]);
  });

  test('of zero keys stay in bounds', async () => {
    const shape: Keys = { images: 1, tokens: 9, heads: 1, headWidth: 3, r: 2, protectedTokens: 2 };
    for (const key of [0, Number.NaN]) {
      const gpu = await matchOnGpu(new Float64Array(9 * 9).fill(key), shape);
      expect([...gpu.pairs]).toEqual([1, 1, 2, 1]);
    }
  });
});

test('refuses an r that is too large for the protected tokens', async () => {
  const keys: Keys = { images: 1, tokens: 8, heads: 1, headWidth: 4, r: 4, protectedTokens: 1 };
  await expect(matchOnGpu(new Float64Array(8 * 12), keys)).rejects.toThrow(
    'r is 4, but of 8 tokens at least 1 and at most 3 merge',
  );
});

const MERGES: MergeCase[] = [
  { images: 2, tokens: 3, channels: 1, r: 1, protectedTokens: 1 },
  { images: 2, tokens: 4, channels: 7, r: 1, protectedTokens: 2 },
  { images: 3, tokens: 5, channels: 96, r: 2, protectedTokens: 1 },
  { images: 2, tokens: 17, channels: 7, r: 8, protectedTokens: 1 },
  { images: 2, tokens: 17, channels: 12, r: 7, protectedTokens: 2 },
  { images: 2, tokens: 196, channels: 96, r: 97, protectedTokens: 1 },
  { images: 2, tokens: 53, channels: 12, r: 24, protectedTokens: 5 },
  { images: 1, tokens: 1400, channels: 7, r: 600, protectedTokens: 2 },
];

describe.each(MERGES.map((shape) => ({ name: describeCase(shape), shape })))('merging $name', ({ shape }) => {
  const { images, tokens, channels, r, protectedTokens } = shape;
  const left = tokens - r;
  const fixtures = new Fixtures(tokens + channels);
  const best = randomMatch(fixtures, shape);
  const x = exact(fixtures.normal(images * tokens * channels));
  const sizes = randomSizes(fixtures, shape);
  const ones = new Float64Array(images * tokens).fill(1);
  const dout = exact(fixtures.normal(images * left * channels));
  const oddOf = (k: number): number => Math.floor(k / r) * tokens + 2 * best.dst[k]! + 1;

  /** Forward and backward. */
  async function onGpu(weight: MergeCall['weight'], size: Float64Array | null) {
    const bench = new Bench(await testMachine());
    const xTensor = bench.input('x', x);
    const merged = merge(bench.recorder, {
      label: 'merge',
      ...uploadMatch(bench, best, shape),
      x: xTensor,
      size: size ? bench.input('size', size) : undefined,
      ...{ images, tokens, channels, r, protectedTokens, weight, modulation: null },
    });
    const tape = bench.backward(merged.out, dout, [xTensor]);
    return bench.run({ out: merged.out, outSize: merged.outSize, dx: tape.gradientOf(xTensor) });
  }

  test('is the size-weighted mean, and so is its gradient', async () => {
    for (const size of [null, sizes]) {
      const values = await onGpu('size', size);
      const expected = reference.merge(x, size ?? ones, best, null, shape);
      expectClose('out', values.out, expected.out, FEW_ROUNDINGS);
      expect([...values.outSize]).toEqual([...expected.size]);
      const { dx } = reference.mergeBackward(dout, size ?? ones, expected.size, best, false, shape);
      expectClose('dx', values.dx, dx, FEW_ROUNDINGS);
      // A token that merges with no other is copied bit for bit.
      const origin = originOf(best, shape);
      const met = new Set(Array.from(best.dst, (_, k) => oddOf(k)));
      for (let row = 0; row < images * left; row++) {
        const token = Math.floor(row / left) * tokens + origin[row]!;
        if (met.has(token)) continue;
        expect([...values.out.subarray(row * channels, (row + 1) * channels)]).toEqual([
          ...x.subarray(token * channels, (token + 1) * channels),
        ]);
      }
    }
  });

  test('drops the tokens that merge away where their weight is zero', async () => {
    const values = await onGpu('zero', null);
    const origin = originOf(best, shape);
    const kept = Float64Array.from({ length: values.out.length }, (_, i) => {
      const row = Math.floor(i / channels);
      return x[(Math.floor(row / left) * tokens + origin[row]!) * channels + (i % channels)]!;
    });
    expect([...values.out]).toEqual([...kept]);
    expect(values.outSize.every((size) => size === 1)).toBe(true);
    const dx = new Float64Array(x.length);
    for (let i = 0; i < dout.length; i++) {
      const row = Math.floor(i / channels);
      dx[(Math.floor(row / left) * tokens + origin[row]!) * channels + (i % channels)] = dout[i]!;
    }
    expectClose('dx', values.dx, dx, FEW_ROUNDINGS);
  });
});

test('follows the original tokens through two merges', async () => {
  const shape: MergeCase = { images: 3, tokens: 70, channels: 1, r: 20, protectedTokens: 1 };
  const later: MergeCase = { ...shape, tokens: 50, r: 11 };
  const fixtures = new Fixtures(3);
  const [one, two] = [randomMatch(fixtures, shape), randomMatch(fixtures, later)];
  const bench = new Bench(await testMachine());
  const rowOf = (best: Match) => bench.indices('rowOf', best.row);
  const images = { images: 3, initialTokens: 70 };
  const first = track(bench.recorder, { label: 'first', rowOf: rowOf(one), ...images, tokens: 70 });
  const second = track(bench.recorder, { label: 'second', source: first, rowOf: rowOf(two), ...images, tokens: 50 });
  const { a, b } = await bench.run({ a: first, b: second });
  const start = Int32Array.from({ length: 210 }, (_, i) => i % 70);
  const expected = reference.mergeSource(start, one, 3, 70);
  expect([...asIndices(a)]).toEqual([...expected]);
  expect([...asIndices(b)]).toEqual([...reference.mergeSource(expected, two, 3, 50)]);
});

test('two runs agree to the bit', async () => {
  const keys: Keys = { images: 4, tokens: 65, heads: 3, headWidth: 32, r: 16, protectedTokens: 1 };
  const qkv = new Fixtures(11).normal(4 * 65 * 3 * 96);
  const [a, b] = [await matchOnGpu(qkv, keys), await matchOnGpu(qkv, keys)];
  expect(a).toEqual(b);
});
