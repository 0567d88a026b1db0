import { describe, expect, test } from 'vitest';
import { expectClose } from '../../../testing/numbers/closeness.js';
import { BUILDS, normal, randomShapes, testKernels, type TestMemory } from '../../../testing/machines/cpu.js';
import { Fixtures } from '../../../testing/fixtures.js';
import { drawPairs } from '../../reference/merging/draw-pairs.js';
import { match, type Match } from '../../reference/merging/match.js';
import { gatherPairs, gatherPairsBackward, merge, mergeBackward, mergeSource } from '../../reference/merging/merge.js';
import { metric } from '../../reference/merging/metric.js';
import { pyra, pyraBackward, type PyraHalves } from '../../reference/merging/pyra.js';

/** The error of a sum of a few float32 products: some units in the last place, 6e-8 each. */
const FEW_ROUNDINGS = 1e-6;
/** The error of a few dozen roundings one after another, in a LayerNorm, sums over pairs and channels, and sigmoids. */
const PYRA_BOUND = 1e-5;

interface Case {
  readonly images: number;
  readonly tokens: number;
  readonly r: number;
  readonly protectedTokens: number;
}

const nameOf = ({ images, tokens, r, protectedTokens }: Case): string => `B ${images}, N ${tokens}, r ${r}, T ${protectedTokens}`;

/** Random cases with every possible r. */
function cases(seed: number): Case[] {
  const random = new Fixtures(seed);
  return randomShapes(seed, 200, { images: [1, 3], tokens: [4, 40] }).map(({ images, tokens }) => {
    const protectedTokens = random.integers(1, 1, tokens > 12 ? 6 : 2)[0]!;
    const most = Math.floor((tokens - protectedTokens) / 2);
    return { images, tokens, protectedTokens, r: 1 + Math.floor(random.next() * most) };
  });
}

/** [B, r, 2] as the kernels read pairs. */
const pairsOf = ({ src, dst }: Match): number[] => Array.from({ length: 2 * src.length }, (_, i) => (i % 2 ? dst : src)[i >> 1]!);

/** [B, N - r]: the token that each row keeps, which did not merge away. */
function originOf(found: Match, { images, tokens, r }: Case): number[] {
  const origin = new Array<number>(images * (tokens - r)).fill(-1);
  for (let b = 0; b < images; b++) {
    const gone = new Set(found.src.subarray(b * r, (b + 1) * r));
    for (let n = 0; n < tokens; n++) {
      if (n % 2 === 1 || !gone.has(n / 2)) origin[b * (tokens - r) + found.row[b * tokens + n]!] = n;
    }
  }
  return origin;
}

function runMatch(memory: TestMemory, qkv: ArrayLike<number>, shape: Case, heads: number, headWidth: number) {
  const { kernels } = memory;
  const { images, tokens, r, protectedTokens } = shape;
  const evens = Math.ceil(tokens / 2);
  const [best, partner, pairs, score, rowOf, origin] = [
    memory.output(images * evens),
    memory.output(images * evens),
    memory.output(images * r * 2),
    memory.output(images * r),
    memory.output(images * tokens),
    memory.output(images * (tokens - r)),
  ];
  const scratch = memory.scratch(kernels.matchScratch(tokens, headWidth));
  kernels.bestPartners(
    memory.input(qkv),
    best,
    partner,
    images,
    tokens,
    heads,
    headWidth,
    Math.floor(protectedTokens / 2),
    scratch,
  );
  kernels.rankPairs(best, partner, pairs, score, rowOf, origin, images, tokens, r, protectedTokens, scratch);
  return {
    pairs: [...memory.readIndices(pairs, images * r * 2)],
    score: memory.read(score, images * r),
    rowOf: [...memory.readIndices(rowOf, images * tokens)],
    originOf: [...memory.readIndices(origin, images * (tokens - r))],
  };
}

describe.each(BUILDS)('matching, %s', (build) => {
  test('200 shapes: the pairs of the reference, where float32 can distinguish the scores', async () => {
    const memory = await testKernels(build);
    let decided = 0;
    for (const [index, shape] of [...cases(6), { images: 1, tokens: 197, r: 98, protectedTokens: 1 }].entries()) {
      const { images, tokens, r, protectedTokens } = shape;
      const random = new Fixtures(index);
      const [heads, headWidth] = [1 + (index % 3), 5 + (index % 40)];
      const qkv = normal(random, images * tokens * 3 * heads * headWidth);
      const m = metric(qkv, { images, tokens, heads, headWidth });
      const expected = match(m, { images, tokens, headWidth, r, protectedTokens });
      const found = runMatch(memory, qkv, shape, heads, headWidth);
      // These are cosines of vectors of length 1, so their absolute error is some roundings.
      found.score.forEach((score, k) => {
        expect(Math.abs(score - expected.score[k]!), nameOf(shape)).toBeLessThan(FEW_ROUNDINGS);
      });
      if (expected.gap.some((gap) => gap < FEW_ROUNDINGS)) continue;
      decided++;
      expect(found.pairs, nameOf(shape)).toEqual(pairsOf(expected));
      expect(found.rowOf, nameOf(shape)).toEqual([...expected.row]);
      expect(found.originOf, nameOf(shape)).toEqual(originOf(expected, shape));
    }
    expect(decided).toBeGreaterThan(190);
  });

  test.each([1, 2, 5])('equal scores go to the lower index, T %i', async (protectedTokens) => {
    // Keys are powers of two times unit vectors: every norm and every cosine (0 or 1) is exact, and most of them tie.
    const shape = { images: 2, tokens: 196, r: 60, protectedTokens };
    const [heads, headWidth] = [2, 16];
    const qkv = new Float64Array(2 * 196 * 3 * heads * headWidth);
    new Fixtures(5).integers(2 * 196, 0, headWidth - 1).forEach((axis, n) => {
      for (let h = 0; h < heads; h++) qkv[((n * 3 + 1) * heads + h) * headWidth + axis] = 2 ** (n % 5);
    });
    const m = metric(qkv, { images: 2, tokens: 196, heads, headWidth });
    const expected = match(m, { images: 2, tokens: 196, headWidth, r: 60, protectedTokens });
    const found = runMatch(await testKernels(build), qkv, shape, heads, headWidth);
    expect(found.pairs).toEqual(pairsOf(expected));
    expect(found.rowOf).toEqual([...expected.row]);
    expect([...found.score]).toEqual([...expected.score]);
  });

  test('zero keys stay in bounds', async () => {
    const memory = await testKernels(build);
    for (const key of [0, NaN]) {
      const keys = new Float64Array(81).fill(key);
      expect(runMatch(memory, keys, { images: 1, tokens: 9, r: 2, protectedTokens: 2 }, 1, 3).pairs).toEqual([1, 1, 2, 1]);
    }
  });
});

interface Given extends Case {
  readonly channels: number;
  readonly x: Float64Array;
  readonly size: Float64Array;
  readonly found: Match;
}

function given(shape: Case, index: number, channels: number): Given {
  const { images, tokens, r, protectedTokens } = shape;
  const random = new Fixtures(index);
  // With so narrow a metric, several tokens have the same partner.
  const metricOf = random.normal(images * tokens * 2);
  const found = match(metricOf, { images, tokens, headWidth: 2, r, protectedTokens });
  const x = normal(random, images * tokens * channels);
  return { ...shape, channels, x, size: Float64Array.from(random.integers(images * tokens, 1, 5)), found };
}

describe.each(BUILDS)('merging, %s', (build) => {
  test('200 shapes: plain merging, its gradient, and the rows of tokens', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    for (const [index, shape] of cases(7).entries()) {
      const channels = 1 + (index % 23);
      const { x, size: sizes, found } = given(shape, index, channels);
      const { images, tokens, r } = shape;
      const sized = index % 3 > 0;
      const size = sized ? sizes : sizes.map(() => 1);
      const [left, numbers] = [images * (tokens - r), [images, tokens, channels, r, 0]];
      const [pairs, rowOf] = [memory.indices(pairsOf(found)), memory.indices(found.row)];
      const [sizeAt, out, outSize] = [sized ? memory.input(size) : 0, memory.output(left * channels), memory.output(left)];
      kernels.merge(memory.input(x), sizeAt, pairs, memory.indices(originOf(found, shape)), 0, 0, out, outSize, ...numbers);
      const expected = merge(x, size, found, null, { ...shape, channels });
      expectClose(`out, ${nameOf(shape)}`, memory.read(out, left * channels), expected.out, FEW_ROUNDINGS);
      expect([...memory.read(outSize, left)]).toEqual([...expected.size]);
      const dout = normal(new Fixtures(index), left * channels);
      const dx = memory.output(x.length);
      kernels.mergeBackward(memory.input(dout), pairs, rowOf, sizeAt, outSize, 0, 0, 0, dx, ...numbers);
      const back = mergeBackward(dout, size, expected.size, found, false, { ...shape, channels });
      expectClose(`dx, ${nameOf(shape)}`, memory.read(dx, x.length), back.dx, FEW_ROUNDINGS);
      const [source, initial] = [new Fixtures(index).integers(images * 50, 0, tokens - 1), 50];
      const followed = memory.output(images * initial);
      kernels.followTokens(memory.indices(source), rowOf, followed, images, initial, tokens);
      expect([...memory.readIndices(followed, images * initial)]).toEqual([...mergeSource(source, found, images, tokens)]);
      kernels.followTokens(0, rowOf, followed, images, tokens, tokens);
      expect([...memory.readIndices(followed, images * tokens)]).toEqual([...found.row]);
    }
  });

  test('dropping tokens instead of merging keeps the others bit for bit, with their sizes, and gives the dropped ones no gradient', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    const shape = { images: 2, tokens: 17, r: 6, protectedTokens: 1 };
    const channels = 7;
    const { x, size, found } = given(shape, 3, channels);
    const origin = originOf(found, shape);
    const [pairs, rowOf, sizeAt] = [memory.indices(pairsOf(found)), memory.indices(found.row), memory.input(size)];
    const [out, outSize, dx] = [memory.output(22 * channels), memory.output(22), memory.output(x.length)];
    const numbers = [2, 17, channels, 6, 1];
    kernels.merge(memory.input(x), sizeAt, pairs, memory.indices(origin), 0, 0, out, outSize, ...numbers);
    const kept = origin.map((token, row) => Math.floor(row / 11) * 17 + token);
    const rows = kept.flatMap((token) => [...x.subarray(token * channels, (token + 1) * channels)]);
    expect([...memory.read(out, 22 * channels)]).toEqual(rows);
    expect([...memory.read(outSize, 22)]).toEqual(kept.map((token) => size[token]));
    kernels.mergeBackward(out, pairs, rowOf, sizeAt, outSize, 0, 0, 0, dx, ...numbers);
    const expected = x.map((value, i) => (kept.includes(Math.floor(i / channels)) ? value : 0));
    expectClose('dx', memory.read(dx, x.length), expected, FEW_ROUNDINGS);
  });
});

function modulated(memory: TestMemory, index: number, shape: Case, channels: number, halves: PyraHalves): void {
  const { kernels } = memory;
  const { images, tokens, r } = shape;
  const { x, size, found } = given(shape, index, channels);
  const random = new Fixtures(index + 1);
  const weights = {
    gamma: normal(random, channels, 0.5, 1),
    beta: normal(random, channels, 0.2),
    a: normal(random, r, 0.3),
    b: normal(random, channels, index % 2 ? 0.02 : 0.3),
  };
  const all = { ...shape, channels };
  const { src, dst } = gatherPairs(x, size, found, all);
  // In every fifth shape some or all pairs were never trained.
  const trainedPairs = index % 5 === 0 ? index % (r + 1) : r;
  const pyraShape = { images, r, channels, trainedPairs };
  const expected = pyra(src, dst, weights, halves, pyraShape);
  const name = `${nameOf(shape)}, C ${channels}, ${trainedPairs} trained, ${halves.channels ? 'channels' : ''} ${halves.pairs ? 'pairs' : ''}`;
  const flags = (halves.channels ? 1 : 0) | (halves.pairs ? 2 : 0);
  const [a, b, gamma, beta] = [weights.a, weights.b, weights.gamma, weights.beta].map((w) => memory.input(w));
  const [xAt, sizeAt, pairs, rowOf] = [
    memory.input(x),
    memory.input(size),
    memory.indices(pairsOf(found)),
    memory.indices(found.row),
  ];
  const count = images * r;
  const [normalised, rstd, gD, gR] = [
    memory.output(count * channels),
    memory.output(count),
    memory.output(images * channels),
    memory.output(count),
  ];
  const numbers = [images, tokens, channels, r];
  const weightsAt = [a!, b!, gamma!, beta!];
  kernels.pyraModulation(xAt, sizeAt, pairs, ...weightsAt, normalised, rstd, gD, gR, ...numbers, trainedPairs, 1e-5, flags);
  const shift = halves.channels && !halves.pairs ? 1 : 0;
  const channelsExpected = expected.gChannels.map((g) => g - shift);
  expectClose(`g_D, ${name}`, memory.read(gD, images * channels), channelsExpected, PYRA_BOUND);
  expectClose(`g_r, ${name}`, memory.read(gR, count), expected.gPairs, PYRA_BOUND);

  const left = images * (tokens - r);
  const [out, outSize, dx, dpairSum] = [
    memory.output(left * channels),
    memory.output(left),
    memory.output(x.length),
    memory.output(count * channels),
  ];
  const factors = [halves.channels ? gD : 0, halves.pairs || trainedPairs < r ? gR : 0];
  kernels.merge(xAt, sizeAt, pairs, memory.indices(originOf(found, shape)), ...factors, out, outSize, ...numbers, 0);
  const merged = merge(x, size, found, expected.out, all);
  expectClose(`out, ${name}`, memory.read(out, left * channels), merged.out, PYRA_BOUND);

  const dout = normal(random, left * channels);
  const gradients = [memory.output(r), memory.output(channels), memory.output(channels), memory.output(channels)];
  const doutAt = memory.input(dout);
  const read = [doutAt, outSize, xAt, sizeAt, pairs, rowOf, ...weightsAt, normalised, rstd, gD, gR];
  const scratch = memory.scratch(kernels.pyraBackwardScratch(channels, r));
  kernels.pyraBackward(...read, dpairSum, ...gradients, ...numbers, trainedPairs, flags, scratch);
  kernels.mergeBackward(doutAt, pairs, rowOf, sizeAt, outSize, ...factors, dpairSum, dx, ...numbers, 0);
  const { dx: dxExpected, dmodulated } = mergeBackward(dout, size, merged.size, found, true, all);
  const back = pyraBackward(dmodulated, src, dst, weights, halves, expected, pyraShape);
  gatherPairsBackward(dxExpected, back.dsrc, back.ddst, size, found, all);
  expectClose(`dx, ${name}`, memory.read(dx, x.length), dxExpected, PYRA_BOUND);
  const [da, db, dgamma, dbeta] = gradients.map((at, i) => memory.read(at, i === 0 ? r : channels));
  expectClose(`da, ${name}`, da!, back.da, PYRA_BOUND);
  expectClose(`db, ${name}`, db!, back.db, PYRA_BOUND);
  // Both are sums of the same gradient over pairs, and in either one the terms may cancel.
  expectClose(`dgamma and dbeta, ${name}`, [...dgamma!, ...dbeta!], [...back.dgamma, ...back.dbeta], PYRA_BOUND);
}

describe.each(BUILDS)('PYRA, %s', (build) => {
  test('200 shapes: both halves and each alone, the merge with them, all gradients', async () => {
    const memory = await testKernels(build);
    const halves: PyraHalves[] = [
      { channels: true, pairs: true },
      { channels: true, pairs: false },
      { channels: false, pairs: true },
    ];
    for (const [index, shape] of cases(9).entries()) modulated(memory, index, shape, 4 + (index % 29), halves[index % 3]!);
  });

  test('how strongly a token was changed', async () => {
    const memory = await testKernels(build);
    const [x, gD, gR] = [normal(new Fixtures(1), 2 * 5 * 7), normal(new Fixtures(2), 14), [0.5, -0.25, 0.1, 0]];
    x.fill(0, 2 * 7, 3 * 7);
    const pairs = [1, 0, 2, 1, 2, 0, 1, 1];
    const out = memory.output(4);
    memory.kernels.pyraStrength(memory.input(x), memory.indices(pairs), memory.input(gD), memory.input(gR), out, 2, 5, 7, 2);
    const expected = [0, 1, 2, 3].map((k) => {
      const image = k >> 1;
      const row = x.subarray((image * 5 + 2 * pairs[2 * k]!) * 7).subarray(0, 7);
      const change = row.map((value, c) => value * gD[image * 7 + c]! * gR[k]!);
      return Math.hypot(...row) > 0 ? Math.hypot(...change) / Math.hypot(...row) : 0;
    });
    expect(expected[0]).toBe(0);
    expectClose('strength', memory.read(out, 4), expected, FEW_ROUNDINGS);
  });
});

test.each(BUILDS)('%s: random pairs are those of the reference', async (build) => {
  const memory = await testKernels(build);
  for (const shape of cases(31).filter(({ r }) => r > 0)) {
    const { images, tokens, r, protectedTokens } = shape;
    const evens = Math.ceil(tokens / 2);
    const [best, partner, pairs, score, rowOf, origin] = [
      memory.output(images * evens),
      memory.output(images * evens),
      memory.output(images * r * 2),
      memory.output(images * r),
      memory.output(images * tokens),
      memory.output(images * (tokens - r)),
    ];
    const scratch = memory.scratch(evens * 4);
    const first = Math.floor(protectedTokens / 2);
    memory.kernels.drawPartners(best, partner, images, tokens, first, 0xffff_fffe, tokens);
    memory.kernels.rankPairs(best, partner, pairs, score, rowOf, origin, images, tokens, r, protectedTokens, scratch);
    const expected = drawPairs(0xffff_fffe, tokens, { images, tokens, r, protectedTokens });
    expect([...memory.readIndices(pairs, images * r * 2)], nameOf(shape)).toEqual(pairsOf(expected));
    expect([...memory.readIndices(rowOf, images * tokens)], nameOf(shape)).toEqual([...expected.row]);
    expect([...memory.readIndices(origin, images * (tokens - r))], nameOf(shape)).toEqual(originOf(expected, shape));
  }
});
