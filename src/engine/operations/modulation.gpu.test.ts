import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { dot, expectGradient } from '../../testing/numbers/gradcheck.js';
import { describeCase, exact, randomMatch, randomSizes, uploadMatch, type MergeCase } from '../../testing/machines/merging.js';
import { layerNorm } from '../reference/layers/layer-norm.js';
import type { Match } from '../reference/merging/match.js';
import { gatherPairs, gatherPairsBackward, merge as referenceMerge, mergeBackward } from '../reference/merging/merge.js';
import { pyra, pyraBackward, type PyraHalves, type PyraWeights } from '../reference/merging/pyra.js';
import { merge } from './merge.js';
import { modulationStrength } from './trace.js';

/** The error of sums of up to C or B r float32 products, each within 6e-8, through a normalisation and a sigmoid: about 1e-7 to 1e-6. */
const CHAIN = 5e-6;

type Half = 'both' | 'channels' | 'pairs';

const HALVES: Record<Half, PyraHalves> = {
  both: { channels: true, pairs: true },
  channels: { channels: true, pairs: false },
  pairs: { channels: false, pairs: true },
};

/** `trainedPairs` is the number of pairs with weights, where not all have them. */
type Case = MergeCase & { readonly trainedPairs?: number };

const CASES: Case[] = [
  { images: 2, tokens: 3, channels: 7, r: 1, protectedTokens: 1 },
  { images: 2, tokens: 4, channels: 8, r: 1, protectedTokens: 2 },
  { images: 3, tokens: 5, channels: 96, r: 2, protectedTokens: 1 },
  { images: 5, tokens: 17, channels: 7, r: 8, protectedTokens: 1 },
  { images: 2, tokens: 17, channels: 8, r: 7, protectedTokens: 1, trainedPairs: 3 },
  { images: 2, tokens: 17, channels: 12, r: 7, protectedTokens: 2 },
  { images: 2, tokens: 196, channels: 96, r: 97, protectedTokens: 1 },
  { images: 33, tokens: 65, channels: 31, r: 16, protectedTokens: 1 },
  { images: 2, tokens: 22, channels: 12, r: 8, protectedTokens: 5 },
  { images: 1, tokens: 1400, channels: 4, r: 300, protectedTokens: 2 },
];

interface Inputs {
  readonly shape: Case;
  readonly best: Match;
  readonly x: Float64Array;
  readonly size: Float64Array;
  readonly weights: PyraWeights;
  readonly dout: Float64Array;
}

function inputs(shape: Case): Inputs {
  const { images, tokens, channels, r } = shape;
  const fixtures = new Fixtures(tokens * 37 + channels);
  return {
    shape,
    best: randomMatch(fixtures, shape),
    x: exact(fixtures.normal(images * tokens * channels)),
    size: randomSizes(fixtures, shape),
    weights: {
      gamma: exact(fixtures.normal(channels, 0.3, 1)),
      beta: exact(fixtures.normal(channels, 0.3)),
      // Small enough that the sums stay in the steep part of the sigmoid.
      a: exact(fixtures.normal(r, 1 / Math.sqrt(r))),
      b: exact(fixtures.normal(channels, 1 / Math.sqrt(channels))),
    },
    dout: exact(fixtures.normal(images * (tokens - r) * channels)),
  };
}

/** The reference's forward of merging with modulation. */
function expectedForward({ shape, best, x, size, weights }: Inputs, half: Half) {
  const { src, dst } = gatherPairs(x, size, best, shape);
  const modulation = pyra(src, dst, weights, HALVES[half], shape);
  return { src, dst, modulation, merged: referenceMerge(x, size, best, modulation.out, shape) };
}

/** The reference's backward: dx and the weights' gradients. */
function expectedBackward(given: Inputs, half: Half) {
  const { shape, best, size, weights, dout } = given;
  const { src, dst, modulation, merged } = expectedForward(given, half);
  const { dx, dmodulated } = mergeBackward(dout, size, merged.size, best, true, shape);
  const gradients = pyraBackward(dmodulated, src, dst, weights, HALVES[half], modulation, shape);
  gatherPairsBackward(dx, gradients.dsrc, gradients.ddst, size, best, shape);
  return { dx, gradients };
}

async function onGpu({ shape, best, x, size, weights, dout }: Inputs, half: Half, sized = true) {
  const { images, tokens, channels, r, protectedTokens, trainedPairs } = shape;
  const bench = new Bench(await testMachine());
  const xTensor = bench.input('x', x);
  const { a, b, gamma, beta } = weights;
  const trained = bench.trainedTogether({ a, b, gamma, beta });
  const matching = uploadMatch(bench, best, shape);
  const call = { images, tokens, channels, r };
  const { out, outSize, modulated } = merge(bench.recorder, {
    label: 'merge',
    ...matching,
    x: xTensor,
    size: sized ? bench.input('size', size) : undefined,
    weights: trained,
    ...{ ...call, protectedTokens, weight: 'size', modulation: HALVES[half], trainedPairs },
  });
  if (!modulated) throw new Error('the merge did not modulate');
  const { gChannels, gPairs, normalised } = modulated;
  const { pairs } = matching;
  const strength = modulationStrength(bench.recorder, { label: 'strength', x: xTensor, pairs, gChannels, gPairs, ...call });
  const tape = bench.backward(out, dout, [xTensor]);
  return bench.run({
    ...{ normalised, gChannels, gPairs, out, outSize, strength, dx: tape.gradientOf(xTensor) },
    da: trained.a.gradient,
    db: trained.b.gradient,
    dgamma: trained.gamma.gradient,
    dbeta: trained.beta.gradient,
  });
}

const nameOf = (shape: Case): string =>
  shape.trainedPairs === undefined ? describeCase(shape) : `${describeCase(shape)}, ${shape.trainedPairs} trained`;

describe.each(CASES.map((shape) => ({ name: nameOf(shape), shape })))('PYRA, $name', ({ shape }) => {
  const given = inputs(shape);
  const { images, channels, r } = shape;

  test.each(['both', 'channels', 'pairs'] as const)('%s: forward and backward agree with the reference', async (half) => {
    for (const sized of [true, false]) {
      const local = sized ? given : { ...given, size: given.size.map(() => 1) };
      const gpu = await onGpu(local, half, sized);
      const { src, dst, modulation, merged } = expectedForward(local, half);
      // With the channels' half alone the engine stores g_D - 1, the factor itself.
      const gChannels = modulation.gChannels.map((g) => (half === 'channels' ? g - 1 : g));
      expectClose('gChannels', gpu.gChannels, gChannels, CHAIN);
      expectClose('gPairs', gpu.gPairs, modulation.gPairs, CHAIN);
      const flat = layerNorm(
        src.map((value, i) => value + dst[i]!),
        new Float64Array(channels).fill(1),
        new Float64Array(channels),
        1e-5,
        { rows: images * r, channels },
      );
      expectClose('normalised', gpu.normalised, flat, CHAIN);
      expectClose('out', gpu.out, merged.out, CHAIN);
      expectClose('outSize', gpu.outSize, merged.size, 0);
      const strength = Float64Array.from({ length: images * r }, (_, k) => {
        const row = (values: Float64Array) => Math.hypot(...values.subarray(k * channels, (k + 1) * channels));
        return row(modulation.out.map((value, i) => value - src[i]!)) / row(src);
      });
      if (images * r * channels < 3000) expectClose('strength', gpu.strength, strength, CHAIN);

      const { dx, gradients } = expectedBackward(local, half);
      expectClose('dx', gpu.dx, dx, CHAIN);
      // Compared together: a gradient whose terms cancel, as in a sum over one pair, is accurate only to the size of its terms.
      expectClose(
        'da, db, dgamma, dbeta',
        [...gpu.da, ...gpu.db, ...gpu.dgamma, ...gpu.dbeta],
        [...gradients.da, ...gradients.db, ...gradients.dgamma, ...gradients.dbeta],
        CHAIN,
      );
    }
  });
});

describe('the gradient', () => {
  // Small enough to vary every number, with several pairs that share a partner.
  const given = inputs({ images: 2, tokens: 9, channels: 4, r: 3, protectedTokens: 1 });

  test.each(['both', 'channels', 'pairs'] as const)(
    'of %s agrees with finite differences of the float64 forward',
    async (half) => {
      const gpu = await onGpu(given, half);
      const f = (): number => dot(expectedForward(given, half).merged.out, given.dout);
      const { weights } = given;
      const bound = CHAIN;
      const check = (name: string, x: Float64Array, gradient: Float32Array) =>
        expectGradient(name, f, x, Float64Array.from(gradient), { bound });
      check('dx', given.x, gpu.dx);
      check('db', weights.b, gpu.db);
      check('da', weights.a, gpu.da);
      check('dgamma', weights.gamma, gpu.dgamma);
      check('dbeta', weights.beta, gpu.dbeta);
    },
  );
});

describe('zero weights leave plain merging', () => {
  const shape: MergeCase = { images: 2, tokens: 17, channels: 12, r: 8, protectedTokens: 1 };
  const given = inputs(shape);
  const zero = (values: Float64Array) => new Float64Array(values.length);

  test.each([
    ['both', { ...given.weights, b: zero(given.weights.b) }],
    ['pairs', { ...given.weights, b: zero(given.weights.b) }],
    ['channels', { ...given.weights, a: zero(given.weights.a) }],
  ] as const)('%s', async (half, weights) => {
    const gpu = await onGpu({ ...given, weights }, half);
    const plain = referenceMerge(given.x, given.size, given.best, null, shape);
    // The only difference is the rounding of the merge itself.
    expectClose('out', gpu.out, plain.out, 2e-7);
    expect([...gpu.strength]).toEqual(new Array(shape.images * shape.r).fill(0));
  });
});

test('large logits saturate the modulation and stay finite', async () => {
  const given = inputs({ images: 1, tokens: 9, channels: 8, r: 3, protectedTokens: 1 });
  const weights = { ...given.weights, a: given.weights.a.map(() => 1e4), b: given.weights.b.map((v) => Math.sign(v) * 1e4) };
  const gpu = await onGpu({ ...given, weights }, 'both');
  for (const g of gpu.gPairs) expect(Math.abs(g)).toBeCloseTo(1, 6);
  for (const g of gpu.gChannels) expect(Math.min(Math.abs(g), Math.abs(g - 2))).toBeCloseTo(0, 6);
  for (const values of Object.values(gpu)) expect(values.every(Number.isFinite)).toBe(true);
});

test('two runs agree to the bit', async () => {
  const given = inputs({ images: 32, tokens: 65, channels: 96, r: 16, protectedTokens: 1 });
  expect(await onGpu(given, 'both')).toEqual(await onGpu(given, 'both'));
});
