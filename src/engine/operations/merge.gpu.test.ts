import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { asIndices, Bench, testGpu, testGpuAsHardware } from '../../testing/gpu.js';
import {
  describeCase,
  exact,
  originOf,
  pairsOf,
  randomMatch,
  randomSizes,
  uploadMatch,
  type MergeCase,
} from '../../testing/merging.js';
import { match, type Match } from '../reference/match.js';
import { merge, mergeBackward, mergeSource } from '../reference/merge.js';
import { metric } from '../reference/metric.js';
import { recordMatch, recordMerge, recordMergeBackward, recordTrack } from './merge.js';

/** A sum of a few float32 products: some units in the last place, 6e-8 each. */
const FEW_ROUNDINGS = 1e-6;

interface Keys {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  readonly r: number;
  readonly distilled: boolean;
  /** Run the kernels as on a graphics card. */
  readonly hardware?: boolean;
}

async function matchOnGpu(qkv: Float64Array, keys: Keys) {
  const { batch, tokens, heads, headDim, r, distilled } = keys;
  const bench = new Bench(await (keys.hardware ? testGpuAsHardware() : testGpu()));
  const pairs = bench.output('pairs', batch * r * 2);
  const pairScore = bench.output('pairScore', batch * r);
  const rowOf = bench.output('rowOf', batch * tokens);
  const origin = bench.output('originOf', batch * (tokens - r));
  recordMatch(bench.plan, {
    label: 'match',
    qkv: bench.input('qkv', qkv),
    batch,
    tokens,
    heads,
    headDim,
    distilled,
    merged: r,
    pairs,
    pairScore,
    rowOf,
    originOf: origin,
  });
  const [p, s, w, o] = await bench.run([pairs, pairScore, rowOf, origin]);
  return { pairs: asIndices(p!), score: s!, row: asIndices(w!), origin: asIndices(o!) };
}

function reference(qkv: Float64Array, keys: Keys): { m: Float64Array; best: Match } {
  const { batch, tokens, heads, headDim, r, distilled } = keys;
  const m = metric(qkv, { batch, tokens, heads, headWidth: headDim });
  return { m, best: match(m, { batch, tokens, width: headDim, r, protectedTokens: distilled ? 2 : 1 }) };
}

const shapeOf = (keys: Keys): MergeCase => ({ ...keys, channels: 1 });

const most = (tokens: number, distilled: boolean): number => Math.floor((tokens - (distilled ? 2 : 1)) / 2);

const MATCHES: Keys[] = [];
for (const [tokens, headDim, hardware] of [
  [3, 16, false],
  [4, 17, false],
  [5, 128, false],
  [17, 17, false],
  [196, 16, false],
  [197, 64, false],
  [1025, 16, false],
  [3, 1, true],
  [17, 17, true],
  [197, 64, true],
  [1025, 16, true],
] as const) {
  for (const distilled of [false, true]) {
    const largest = most(tokens, distilled);
    for (const r of new Set([1, Math.ceil(largest / 2), largest])) {
      if (r < 1 || r > largest) continue;
      MATCHES.push({ batch: tokens > 500 ? 1 : 3, tokens, heads: 1 + (tokens % 3), headDim, r, distilled, hardware });
    }
  }
}

describe.each(MATCHES)('matching $tokens tokens of width $headDim, r $r, distilled $distilled, as hardware $hardware', (keys) => {
  const { batch, tokens, headDim, r, distilled } = keys;
  const qkv = exact(new Fixtures(tokens * 7 + r).normal(batch * tokens * 3 * keys.heads * headDim));

  test('chooses as the reference does, up to scores that float32 cannot tell apart', async () => {
    const gpu = await matchOnGpu(qkv, keys);
    const { m, best } = reference(qkv, keys);
    const cosine = (b: number, even: number, odd: number): number => {
      let sum = 0;
      for (let d = 0; d < headDim; d++) {
        sum += m[(b * tokens + 2 * even) * headDim + d]! * m[(b * tokens + 2 * odd + 1) * headDim + d]!;
      }
      return sum;
    };
    expectClose('pairScore', gpu.score, best.score, FEW_ROUNDINGS);
    for (let k = 0; k < batch * r; k++) {
      const [even, odd] = [gpu.pairs[2 * k]!, gpu.pairs[2 * k + 1]!];
      if (best.gap[Math.floor(k / r)]! > FEW_ROUNDINGS) {
        expect([even, odd]).toEqual([best.src[k], best.dst[k]]);
      }
      expect(Math.abs(cosine(Math.floor(k / r), even, odd) - best.score[k]!)).toBeLessThan(FEW_ROUNDINGS);
      expect(even).toBeGreaterThan(0);
      if (distilled) expect(odd).toBeGreaterThan(0);
    }
  });

  test('lays the rows out by its pairs', async () => {
    const gpu = await matchOnGpu(qkv, keys);
    // The order of rows, written out once more from the pairs alone.
    for (let b = 0; b < batch; b++) {
      const gone = new Map<number, number>();
      for (let k = b * r; k < (b + 1) * r; k++) gone.set(gpu.pairs[2 * k]!, gpu.pairs[2 * k + 1]!);
      expect(gone.size).toBe(r);
      const staying: number[] = [];
      for (let i = 0; 2 * i < tokens; i++) if (!gone.has(i)) staying.push(2 * i);
      const odds = Array.from({ length: Math.floor(tokens / 2) }, (_, j) => 2 * j + 1);
      const order = distilled ? [staying[0]!, odds[0]!, ...staying.slice(1), ...odds.slice(1)] : [...staying, ...odds];
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
  const keys: Keys = { batch: 2, tokens: 196, heads: 2, headDim: 16, r: 60, distilled: false };
  const qkv = new Float64Array(keys.batch * keys.tokens * 3 * keys.heads * keys.headDim);
  const axes = new Fixtures(5).integers(keys.batch * keys.tokens, 0, keys.headDim - 1);
  axes.forEach((axis, n) => {
    for (let h = 0; h < keys.heads; h++) qkv[((n * 3 + 1) * keys.heads + h) * keys.headDim + axis] = 2 ** (n % 5);
  });

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('go to the lower index, distilled %s, as hardware %s', async (distilled, hardware) => {
    const gpu = await matchOnGpu(qkv, { ...keys, distilled, hardware });
    const { best } = reference(qkv, { ...keys, distilled });
    expect([...gpu.pairs]).toEqual([...pairsOf(best)]);
    expect([...gpu.row]).toEqual([...best.row]);
    expect([...gpu.origin]).toEqual([...originOf(best, shapeOf({ ...keys, distilled }))]);
    expect([...gpu.score]).toEqual([...best.score]);
  });

  test('of all tokens alike leave the class token where it is', async () => {
    const shape: Keys = { batch: 1, tokens: 9, heads: 1, headDim: 3, r: 4, distilled: false };
    const gpu = await matchOnGpu(new Float64Array(9 * 9).fill(1), shape);
    expect([...gpu.pairs]).toEqual([1, 0, 2, 0, 3, 0, 4, 0]);
    expect([...gpu.row]).toEqual([0, 1, 1, 2, 1, 3, 1, 4, 1]);
  });

  test('of keys without a direction stay in bounds', async () => {
    const shape: Keys = { batch: 1, tokens: 9, heads: 1, headDim: 3, r: 2, distilled: true };
    for (const key of [0, Number.NaN]) {
      const gpu = await matchOnGpu(new Float64Array(9 * 9).fill(key), shape);
      expect([...gpu.pairs]).toEqual([1, 1, 2, 1]);
    }
  });
});

test('refuses an r that the protected tokens do not leave', async () => {
  const keys: Keys = { batch: 1, tokens: 8, heads: 1, headDim: 4, r: 4, distilled: false };
  await expect(matchOnGpu(new Float64Array(8 * 12), keys)).rejects.toThrow(
    'r is 4, but of 8 tokens at least 1 and at most 3 merge',
  );
});

const MERGES: MergeCase[] = [
  { batch: 2, tokens: 3, channels: 1, r: 1, distilled: false },
  { batch: 2, tokens: 4, channels: 7, r: 1, distilled: true },
  { batch: 3, tokens: 5, channels: 96, r: 2, distilled: false },
  { batch: 2, tokens: 17, channels: 7, r: 8, distilled: false },
  { batch: 2, tokens: 17, channels: 12, r: 7, distilled: true },
  { batch: 2, tokens: 196, channels: 96, r: 97, distilled: false },
  { batch: 1, tokens: 1025, channels: 7, r: 300, distilled: true },
];

describe.each(MERGES.map((shape) => ({ name: describeCase(shape), shape })))('merging $name', ({ shape }) => {
  const { batch, tokens, channels, r, distilled } = shape;
  const left = tokens - r;
  const fixtures = new Fixtures(tokens + channels);
  const best = randomMatch(fixtures, shape);
  const x = exact(fixtures.normal(batch * tokens * channels));
  const sizes = randomSizes(fixtures, shape);
  const ones = new Float64Array(batch * tokens).fill(1);
  const gChannels = exact(fixtures.uniform(batch * channels, 0, 2));
  const gPairs = exact(fixtures.uniform(batch * r));
  const dPairSum = exact(fixtures.normal(batch * r * channels));
  const dout = exact(fixtures.normal(batch * left * channels));

  /** 1 + g_D g_r of pair k and channel c, for the halves that are on. */
  const factor = (k: number, c: number, on: { channels: boolean; pairs: boolean }): number => {
    if (!on.channels && !on.pairs) return 1;
    return 1 + (on.channels ? gChannels[Math.floor(k / r) * channels + c]! : 1) * (on.pairs ? gPairs[k]! : 1);
  };
  const evenOf = (k: number): number => Math.floor(k / r) * tokens + 2 * best.src[k]!;
  const oddOf = (k: number): number => Math.floor(k / r) * tokens + 2 * best.dst[k]! + 1;

  const HALVES = [
    { channels: false, pairs: false },
    { channels: true, pairs: false },
    { channels: false, pairs: true },
    { channels: true, pairs: true },
  ];

  test.each(HALVES)('forward, modulation %o', async (on) => {
    for (const size of [null, sizes]) {
      const bench = new Bench(await (size ? testGpuAsHardware() : testGpu()));
      const out = bench.output('out', batch * left * channels);
      const outSize = bench.output('outSize', batch * left);
      recordMerge(bench.plan, {
        label: 'merge',
        ...uploadMatch(bench, best, shape),
        x: bench.input('x', x),
        size: size ? bench.input('size', size) : null,
        batch,
        tokens,
        channels,
        merged: r,
        out,
        outSize,
        ...(on.channels || on.pairs
          ? {
              modulation: {
                channels: on.channels ? bench.input('gChannels', gChannels) : null,
                pairs: on.pairs ? bench.input('gPairs', gPairs) : null,
              },
            }
          : {}),
      });
      const [values, newSize] = await bench.run([out, outSize]);
      const modulated = new Float64Array(batch * r * channels);
      for (let k = 0; k < batch * r; k++) {
        const even = evenOf(k);
        for (let c = 0; c < channels; c++) {
          modulated[k * channels + c] = x[even * channels + c]! * (size ?? ones)[even]! * factor(k, c, on);
        }
      }
      const expected = merge(x, size ?? ones, best, modulated, shape);
      expectClose('out', values!, expected.out, FEW_ROUNDINGS);
      expect([...newSize!]).toEqual([...expected.size]);
      // A token that meets no other is copied to the bit.
      const origin = originOf(best, shape);
      const met = new Set(Array.from(best.dst, (_, k) => oddOf(k)));
      for (let row = 0; row < batch * left; row++) {
        const token = Math.floor(row / left) * tokens + origin[row]!;
        if (met.has(token)) continue;
        expect([...values!.subarray(row * channels, (row + 1) * channels)]).toEqual([
          ...x.subarray(token * channels, (token + 1) * channels),
        ]);
      }
    }
  });

  test.each(HALVES)('backward, modulation %o', async (on) => {
    for (const [size, sum] of [
      [null, null],
      [sizes, dPairSum],
    ] as const) {
      const bench = new Bench(await (size ? testGpuAsHardware() : testGpu()));
      const dx = bench.output('dx', batch * tokens * channels);
      const newSize = merge(x, size ?? ones, best, null, shape).size;
      recordMergeBackward(bench.plan, {
        label: 'merge backward',
        ...uploadMatch(bench, best, shape),
        dout: bench.input('dout', dout),
        size: size ? bench.input('size', size) : null,
        outSize: bench.input('outSize', newSize),
        batch,
        tokens,
        channels,
        merged: r,
        distilled,
        dx,
        ...(on.channels || on.pairs
          ? {
              modulation: {
                channels: on.channels ? bench.input('gChannels', gChannels) : null,
                pairs: on.pairs ? bench.input('gPairs', gPairs) : null,
              },
            }
          : {}),
        ...(sum ? { dPairSum: bench.input('dPairSum', sum) } : {}),
      });
      const [values] = await bench.run([dx]);
      const expected = mergeBackward(dout, size ?? ones, newSize, best, false, shape).dx;
      for (let k = 0; k < batch * r; k++) {
        for (let c = 0; c < channels; c++) {
          const extra = sum ? sum[k * channels + c]! : 0;
          const even = evenOf(k);
          expected[even * channels + c]! *= factor(k, c, on);
          expected[even * channels + c]! += extra * (size ?? ones)[even]!;
          expected[oddOf(k) * channels + c]! += extra * (size ?? ones)[oddOf(k)]!;
        }
      }
      expectClose('dx', values!, expected, FEW_ROUNDINGS);
    }
  });
});

test('follows the original tokens through two merges', async () => {
  const shape: MergeCase = { batch: 3, tokens: 70, channels: 1, r: 20, distilled: false };
  const later: MergeCase = { ...shape, tokens: 50, r: 11 };
  const fixtures = new Fixtures(3);
  const [one, two] = [randomMatch(fixtures, shape), randomMatch(fixtures, later)];
  const bench = new Bench(await testGpu());
  const [first, second] = [bench.output('first', 210), bench.output('second', 210)];
  const rowOf = (best: Match) => bench.indices('rowOf', best.row);
  recordTrack(bench.plan, {
    label: 'track',
    source: null,
    rowOf: rowOf(one),
    batch: 3,
    initialTokens: 70,
    tokens: 70,
    out: first,
  });
  recordTrack(bench.plan, {
    label: 'track',
    source: first,
    rowOf: rowOf(two),
    batch: 3,
    initialTokens: 70,
    tokens: 50,
    out: second,
  });
  const [a, b] = await bench.run([first, second]);
  const start = Int32Array.from({ length: 210 }, (_, i) => i % 70);
  const expected = mergeSource(start, one, 3, 70);
  expect([...asIndices(a!)]).toEqual([...expected]);
  expect([...asIndices(b!)]).toEqual([...mergeSource(expected, two, 3, 50)]);
});

test('two runs agree to the bit', async () => {
  const keys: Keys = { batch: 4, tokens: 65, heads: 3, headDim: 32, r: 16, distilled: false };
  const qkv = new Fixtures(11).normal(4 * 65 * 3 * 96);
  const [a, b] = [await matchOnGpu(qkv, keys), await matchOnGpu(qkv, keys)];
  expect(a).toEqual(b);
});
