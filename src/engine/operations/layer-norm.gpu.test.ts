import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench, testGpu, testGpuAsHardware } from '../../testing/gpu.js';
import { layerNorm, layerNormBackward } from '../reference/layerNorm.js';
import { recordLayerNorm, recordLayerNormBackward } from './layer-norm.js';

const EPSILON = 1e-6;
/** Two sums over the channels in float32 and one reciprocal root. */
const BOUND = 5e-6;

describe.each([
  ['one invocation a row', testGpu],
  ['a row shared by lanes', testGpuAsHardware],
] as const)('layer norm, %s', (_, open) => {
  test.each([
    [1, 1],
    [3, 7],
    [5, 96],
    [67, 100],
    [2, 768],
  ])('%i rows of %i channels, forward and backward', async (rows, channels) => {
    const random = new Fixtures(rows + channels);
    const bench = new Bench(await open());
    const x = random.normal(rows * channels, 2, 1);
    const gamma = random.normal(channels, 0.5, 1);
    const beta = random.normal(channels);
    const dy = random.normal(rows * channels);
    const passing = random.normal(rows * channels);
    const y = bench.output('y', rows * channels);
    const dx = bench.output('dx', rows * channels);
    const stats = bench.output('stats', rows * 2);
    const xTensor = bench.input('x', x);
    const gammaTensor = bench.input('gamma', gamma);
    const shape = { rows, channels };
    recordLayerNorm(bench.plan, {
      label: 'norm',
      x: xTensor,
      gamma: gammaTensor,
      beta: bench.input('beta', beta),
      y,
      stats,
      ...shape,
      epsilon: EPSILON,
    });
    recordLayerNormBackward(bench.plan, {
      label: 'd norm',
      x: xTensor,
      stats,
      gamma: gammaTensor,
      dy: bench.input('dy', dy),
      passing: bench.input('passing', passing),
      dx,
      ...shape,
    });
    const [values, gradient] = await bench.run([y, dx]);
    expectClose('y', values ?? [], layerNorm(x, gamma, beta, EPSILON, shape), BOUND);
    const expected = layerNormBackward(dy, x, gamma, EPSILON, shape).dx.map((value, i) => value + (passing[i] ?? NaN));
    expectClose('dx', gradient ?? [], expected, BOUND);
  });

  test('takes one row of each image, and gives the others no gradient', async () => {
    const [images, tokens, channels] = [3, 4, 6];
    const random = new Fixtures(1);
    const bench = new Bench(await open());
    const x = random.normal(images * tokens * channels);
    const gamma = random.normal(channels);
    const beta = random.normal(channels);
    const dy = random.normal(images * channels);
    const y = bench.output('y', images * channels);
    const dx = bench.output('dx', x.length);
    const stats = bench.output('stats', images * 2);
    const xTensor = bench.input('x', x);
    const gammaTensor = bench.input('gamma', gamma);
    const pick = { every: tokens, first: 1 };
    recordLayerNorm(bench.plan, {
      label: 'norm',
      x: xTensor,
      gamma: gammaTensor,
      beta: bench.input('beta', beta),
      y,
      stats,
      rows: images,
      channels,
      epsilon: EPSILON,
      pick,
    });
    recordLayerNormBackward(bench.plan, {
      label: 'd norm',
      x: xTensor,
      stats,
      gamma: gammaTensor,
      dy: bench.input('dy', dy),
      dx,
      rows: images * tokens,
      channels,
      pick,
    });
    const [values, gradient] = await bench.run([y, dx]);
    const picked = Float64Array.from({ length: images * channels }, (_value, i) => {
      const image = Math.floor(i / channels);
      return x[(image * tokens + 1) * channels + (i % channels)] ?? NaN;
    });
    const shape = { rows: images, channels };
    expectClose('y', values ?? [], layerNorm(picked, gamma, beta, EPSILON, shape), BOUND);
    const compact = layerNormBackward(dy, picked, gamma, EPSILON, shape).dx;
    const expected = Float64Array.from({ length: x.length }, (_value, i) => {
      const token = Math.floor(i / channels) % tokens;
      const image = Math.floor(i / (channels * tokens));
      return token === 1 ? (compact[image * channels + (i % channels)] ?? NaN) : 0;
    });
    expectClose('dx', gradient ?? [], expected, BOUND);
  });

  test('drops about p of the elements in the copy for LoRA, the same for the same step, others for another', async () => {
    const channels = 400;
    const masks: boolean[][] = [];
    for (const number of [0, 0, 1]) {
      const bench = new Bench(await open());
      const y = bench.output('y', channels);
      const dropped = bench.output('dropped', channels);
      recordLayerNorm(bench.plan, {
        label: 'norm',
        x: bench.input('x', new Fixtures(3).normal(channels)),
        gamma: bench.input('gamma', new Float32Array(channels).fill(1)),
        beta: bench.input('beta', new Float32Array(channels)),
        y,
        dropped: { tensor: dropped, p: 0.1, site: 2 },
        rows: 1,
        channels,
        epsilon: EPSILON,
      });
      const [plain, thinned] = await bench.run([y, dropped], { seed: 5, number });
      const factors = Array.from(thinned ?? [], (value, i) => value / (plain?.[i] ?? NaN));
      for (const factor of factors) expect(factor === 0 || Math.abs(factor - 1 / 0.9) < 1e-5).toBe(true);
      masks.push(factors.map((factor) => factor === 0));
    }
    const count = masks[0]?.filter(Boolean).length ?? 0;
    expect(count).toBeGreaterThan(16);
    expect(count).toBeLessThan(72);
    expect(masks[1]).toEqual(masks[0]);
    expect(masks[2]).not.toEqual(masks[0]);
  });
});
