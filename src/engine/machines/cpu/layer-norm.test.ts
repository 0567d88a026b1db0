import { describe, expect, test } from 'vitest';
import { expectClose } from '../../../testing/numbers/closeness.js';
import { BUILDS, normal, randomShapes, testKernels } from '../../../testing/machines/cpu.js';
import { Fixtures } from '../../../testing/fixtures.js';
import { layerNorm, layerNormBackward } from '../../reference/layers/layer-norm.js';

/** The error of a few float32 roundings of 6e-8 each, in the mean, the variance and the result. */
const BOUND = 1e-6;
const [SAVE, DROP] = [1, 2];

describe.each(BUILDS)('layer norm, %s', (build) => {
  test('200 shapes, forward, and backward with and without a passing gradient', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    for (const { rows, channels } of randomShapes(4, 200, { rows: [1, 30], channels: [2, 70] })) {
      const random = new Fixtures(rows * 100 + channels);
      const length = rows * channels;
      const x = normal(random, length, 2, 0.5);
      const [gamma, beta] = [normal(random, channels), normal(random, channels)];
      const [dy, passing] = [normal(random, length), random.next() < 0.5 ? normal(random, length) : null];
      const [xAt, gammaAt, y, stats, dx] = [
        memory.input(x),
        memory.input(gamma),
        memory.output(length),
        memory.output(2 * rows),
        memory.output(length),
      ];
      kernels.layerNorm(xAt, gammaAt, memory.input(beta), y, 0, stats, rows, channels, 1e-6, 1, 0, SAVE, memory.step(), 1, 0, 0);
      const shape = { rows, channels };
      const name = `M ${rows}, C ${channels}`;
      expectClose(`y, ${name}`, memory.read(y, length), layerNorm(x, gamma, beta, 1e-6, shape), BOUND);
      const passingAt = passing ? memory.input(passing) : 0;
      kernels.layerNormBackward(xAt, stats, gammaAt, memory.input(dy), passingAt, dx, rows, channels, 1, 0);
      // With two channels xhat is 1 and -1 for every x, and the gradient is only the rounding of a subtraction.
      if (channels < 4) continue;
      const { dx: own, dgamma: expectedGamma } = layerNormBackward(dy, x, gamma, 1e-6, shape);
      const expected = own.map((value, i) => value + (passing?.[i] ?? 0));
      expectClose(`dx, ${name}`, memory.read(dx, length), expected, 10 * BOUND);
      const dgamma = memory.output(channels);
      kernels.gammaGradient(xAt, stats, memory.input(dy), dgamma, rows, channels, 1, 0);
      expectClose(`dgamma, ${name}`, memory.read(dgamma, channels), expectedGamma, 10 * BOUND);
    }
  });

  test('a single token of each image, and its gradient among zeros', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    const [images, every, first, channels] = [3, 5, 1, 13];
    const random = new Fixtures(8);
    const x = normal(random, images * every * channels);
    const [gamma, beta, dy] = [normal(random, channels), normal(random, channels), normal(random, images * channels)];
    const picked = Float64Array.from({ length: images * channels }, (_, i) => {
      const row = Math.floor(i / channels) * every + first;
      return x[row * channels + (i % channels)] ?? NaN;
    });
    const [xAt, gammaAt, y, stats, dx] = [
      memory.input(x),
      memory.input(gamma),
      memory.output(images * channels),
      memory.output(2 * images),
      memory.output(x.length),
    ];
    const step = memory.step();
    kernels.layerNorm(xAt, gammaAt, memory.input(beta), y, 0, stats, images, channels, 1e-6, every, first, SAVE, step, 1, 0, 0);
    const shape = { rows: images, channels };
    expectClose('y', memory.read(y, images * channels), layerNorm(picked, gamma, beta, 1e-6, shape), BOUND);
    kernels.layerNormBackward(xAt, stats, gammaAt, memory.input(dy), 0, dx, images * every, channels, every, first);
    const found = memory.read(dx, x.length);
    const compact = layerNormBackward(dy, picked, gamma, 1e-6, shape).dx;
    const expected = Float64Array.from(x, (_, i) => {
      const row = Math.floor(i / channels);
      return row % every === first ? (compact[Math.floor(row / every) * channels + (i % channels)] ?? NaN) : 0;
    });
    expectClose('dx', found, expected, 10 * BOUND);
  });

  test('the copy with dropout drops the same elements as for the whole batch', async () => {
    const memory = await testKernels(build);
    const { kernels } = memory;
    const [rows, channels] = [6, 10];
    const random = new Fixtures(8);
    const [x, ones, zeros] = [normal(random, rows * channels), new Float64Array(channels).fill(1), new Float64Array(channels)];
    const dropped = (from: number): { y: Float32Array; dropped: Float32Array } => {
      const length = (rows - from) * channels;
      const [y, to] = [memory.output(length), memory.output(length)];
      const step = memory.step({ seed: 1, number: 2, first: from / 2 });
      const weights = [memory.input(ones), memory.input(zeros)];
      const at = memory.input(x.subarray(from * channels));
      kernels.layerNorm(at, ...weights, y, to, 0, rows - from, channels, 1e-6, 1, 0, DROP, step, 2, 3, 0.5);
      return { y: memory.read(y, length), dropped: memory.read(to, length) };
    };
    const whole = dropped(0);
    whole.dropped.forEach((value, i) => expect([0, 2 * (whole.y[i] ?? NaN)]).toContain(value));
    expect(new Set(whole.dropped.map((value) => (value === 0 ? 0 : 1))).size).toBe(2);
    expect(dropped(4).dropped).toEqual(whole.dropped.subarray(4 * channels));
  });
});
