import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { Tape } from '../plan/tape.js';
import { layerNorm as reference, layerNormBackward } from '../reference/layers/layer-norm.js';
import { layerNorm } from './layer-norm.js';

const EPSILON = 1e-6;
/** Errors of two float32 sums over the channels and one reciprocal root. */
const BOUND = 5e-6;

describe('layer norm', () => {
  test.each([
    [1, 1],
    [3, 7],
    [5, 96],
    [67, 100],
    [2, 768],
  ])('%i rows of %i channels, forward and backward', async (rows, channels) => {
    const random = new Fixtures(rows + channels);
    const bench = new Bench(await testMachine());
    const x = random.normal(rows * channels, 2, 1);
    const gamma = random.normal(channels, 0.5, 1);
    const beta = random.normal(channels);
    const dy = random.normal(rows * channels);
    const passing = random.normal(rows * channels);
    const xTensor = bench.input('x', x);
    const [scale, shift] = [bench.trained('gamma', gamma), bench.trained('beta', beta)];
    const norm = layerNorm(bench.recorder, {
      label: 'norm',
      x: xTensor,
      gamma: scale,
      beta: shift,
      channels,
      epsilon: EPSILON,
    });
    const tape = new Tape(bench.recorder, [xTensor]);
    tape.hand(xTensor, bench.input('passing', passing));
    tape.hand(norm.y, bench.input('dy', dy));
    tape.run(false);
    const gradients = { dx: tape.gradientOf(xTensor), dgamma: scale.gradient, dbeta: shift.gradient };
    const values = await bench.run({ y: norm.y, ...gradients });
    const shape = { rows, channels };
    expectClose('y', values.y, reference(x, gamma, beta, EPSILON, shape), BOUND);
    const { dx, dgamma, dbeta } = layerNormBackward(dy, x, gamma, EPSILON, shape);
    const expected = dx.map((value, i) => value + (passing[i] ?? NaN));
    expectClose('dx', values.dx, expected, BOUND);
    expectClose('dgamma', values.dgamma, dgamma, BOUND);
    expectClose('dbeta', values.dbeta, dbeta, BOUND);
  });

  test('normalises one row of each image, and gives the other rows no gradient', async () => {
    const [images, tokens, channels] = [3, 4, 6];
    const random = new Fixtures(1);
    const bench = new Bench(await testMachine());
    const x = random.normal(images * tokens * channels);
    const gamma = random.normal(channels);
    const beta = random.normal(channels);
    const dy = random.normal(images * channels);
    const xTensor = bench.input('x', x);
    const norm = layerNorm(bench.recorder, {
      label: 'norm',
      x: xTensor,
      gamma: bench.input('gamma', gamma),
      beta: bench.input('beta', beta),
      channels,
      epsilon: EPSILON,
      pick: { every: tokens, offset: 1 },
    });
    const tape = bench.backward(norm.y, dy, [xTensor]);
    const values = await bench.run({ y: norm.y, dx: tape.gradientOf(xTensor) });
    const picked = Float64Array.from({ length: images * channels }, (_value, i) => {
      const image = Math.floor(i / channels);
      return x[(image * tokens + 1) * channels + (i % channels)] ?? NaN;
    });
    const shape = { rows: images, channels };
    expectClose('y', values.y, reference(picked, gamma, beta, EPSILON, shape), BOUND);
    const compact = layerNormBackward(dy, picked, gamma, EPSILON, shape).dx;
    const expected = Float64Array.from({ length: x.length }, (_value, i) => {
      const token = Math.floor(i / channels) % tokens;
      const image = Math.floor(i / (channels * tokens));
      return token === 1 ? (compact[image * channels + (i % channels)] ?? NaN) : 0;
    });
    expectClose('dx', values.dx, expected, BOUND);
  });

  test('drops about p of the elements in the copy for LoRA: the same ones for the same step, others for another step', async () => {
    const channels = 400;
    const masks: boolean[][] = [];
    for (const number of [0, 0, 1]) {
      const bench = new Bench(await testMachine());
      const norm = layerNorm(bench.recorder, {
        label: 'norm',
        x: bench.input('x', new Fixtures(3).normal(channels)),
        gamma: bench.input('gamma', new Float32Array(channels).fill(1)),
        beta: bench.input('beta', new Float32Array(channels)),
        channels,
        epsilon: EPSILON,
        drop: { p: 0.1, site: 2 },
      });
      const { plain, thinned } = await bench.run({ plain: norm.y, thinned: norm.dropped }, { seed: 5, number });
      const factors = Array.from(thinned, (value, i) => value / (plain[i] ?? NaN));
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
