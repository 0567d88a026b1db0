import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { testedCandidates } from '../../testing/machines/candidates.js';
import { machineChoosing, testMachine } from '../../testing/machines/gpu.js';
import { laneCandidates } from '../machines/webgpu/candidates/lanes.js';
import type { Machine } from '../plan/machine.js';
import { Tape } from '../plan/tape.js';
import { layerNorm as reference, layerNormBackward } from '../reference/layers/layer-norm.js';
import { layerNorm } from './layer-norm.js';
import { linear, type Linear } from './linear.js';

const EPSILON = 1e-6;
/** Errors of two float32 sums over the channels and one reciprocal root. */
const BOUND = 5e-6;

/** A norm and its backward, with numbers that depend on the shape. */
async function normOn(machine: Machine, rows: number, channels: number) {
  const random = new Fixtures(rows + channels);
  const bench = new Bench(machine);
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
  return { values, given: { x, gamma, beta, dy, passing } };
}

/** A norm whose result two layers read, and its backward. */
async function normThenProducts(machine: Machine) {
  const [rows, channels] = [37, 20];
  const random = new Fixtures(8);
  const bench = new Bench(machine);
  const x = bench.input('x', random.normal(rows * channels, 2, 1));
  const [gamma, beta] = [bench.input('gamma', random.normal(channels)), bench.input('beta', random.normal(channels))];
  const { y } = layerNorm(bench.recorder, { label: 'norm', x, gamma, beta, channels, epsilon: EPSILON });
  const layer = (label: string, columns: number, more: Partial<Linear>) =>
    linear(bench.recorder, {
      ...{
        label,
        a: y,
        weight: bench.input(`${label} weight`, random.normal(columns * channels)),
        rows,
        columns,
        depth: channels,
      },
      ...more,
    });
  const low = layer('low', 8, {});
  const high = layer('high', 36, { bias: bench.input('bias', random.normal(36)), activation: 'gelu' });
  const tape = bench.backward(low, random.normal(rows * 8), [x]);
  return bench.run({ low, high, dx: tape.gradientOf(x) });
}

/**
 * A few ways to add over lanes, because a software adapter spends its time compiling; PYRA_CANDIDATES asks for others.
 */
const LANES = ['2 rows', '4 rows by subgroups'];

describe('layer norm', () => {
  test.each([
    [1, 1],
    [3, 7],
    [5, 96],
    [67, 100],
    [2, 768],
  ])('%i rows of %i channels, forward and backward', async (rows, channels) => {
    const { values, given } = await normOn(await testMachine(), rows, channels);
    const { x, gamma, beta, dy, passing } = given;
    const shape = { rows, channels };
    expectClose('y', values.y, reference(x, gamma, beta, EPSILON, shape), BOUND);
    const { dx, dgamma, dbeta } = layerNormBackward(dy, x, gamma, EPSILON, shape);
    const expected = dx.map((value, i) => value + (passing[i] ?? NaN));
    expectClose('dx', values.dx, expected, BOUND);
    expectClose('dgamma', values.dgamma, dgamma, BOUND);
    expectClose('dbeta', values.dbeta, dbeta, BOUND);
  });

  test('every way to add over lanes gives the same bits', async () => {
    const { gpu } = await testMachine();
    for (const [rows, channels] of [
      [5, 96],
      [3, 7],
      [9, 516],
    ] as const) {
      const first = (await normOn(await testMachine(), rows, channels)).values;
      const lanes = channels >= 512 ? 64 : 32;
      const all = laneCandidates(lanes, gpu.device.limits, gpu.smallestSubgroup > 0);
      const few = all.filter(({ name }) => LANES.includes(name));
      for (const { name } of testedCandidates(all, few)) {
        const machine = machineChoosing(gpu, name);
        const { values } = await normOn(machine, rows, channels);
        expect(new Set(Object.values(machine.tuner.choices))).toEqual(new Set([name]));
        for (const part of ['y', 'dx'] as const) {
          expect(new Uint32Array(values[part].buffer), `${name}, ${channels}`).toEqual(new Uint32Array(first[part].buffer));
        }
      }
    }
  });

  test('products that normalise what they read give the bits of those that read the norm’s result', async () => {
    const { gpu } = await testMachine();
    const broadcast = gpu.smallestSubgroup > 0 ? ['8x128 by 8x4 broadcast'] : [];
    for (const candidate of ['32x32x8 by 4x4', ...broadcast]) {
      const [apart, inLoad] = await Promise.all(
        ['apart', 'in the load'].map(async (way) => {
          const machine = machineChoosing(gpu, candidate, { 'norm before': way });
          const values = await normThenProducts(machine);
          expect(Object.entries(machine.tuner.choices).filter(([key]) => key.startsWith('norm before'))).toEqual([
            [expect.stringContaining(candidate), way],
          ]);
          return values;
        }),
      );
      expect(inLoad, candidate).toEqual(apart);
    }
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
