import { describe, expect, test } from 'vitest';
import { Bench } from '../../testing/machines/bench.js';
import { checkTestMachine, testMachine } from '../../testing/machines/gpu.js';
import { BATCH, options, SIDE, stateOn } from '../../testing/machines/small-network.js';
import { Fixtures } from '../../testing/fixtures.js';
import { expectLossesAgree } from '../../testing/numbers/losses.js';
import { drawStripes } from '../../testing/pictures/stripes.js';
import { MOST_HALF, roundToHalves } from '../../vit/half.js';
import { stepValues, trainingProgram } from '../model/trainer.js';
import type { NetworkOptions } from '../model/types.js';
import { packHalf, unpackHalf } from './half.js';

const STEPS = 50;

test.each([1, 2, 3, 127, 128, 129])('%d numbers are rounded to the nearest float16, ties to even', async (length) => {
  const random = new Fixtures(length);
  const special = [65_519, 1 + 2 ** -11, 1 + 3 * 2 ** -11, -1e9, 65_520, Infinity, 0, 2 ** -14];
  const spread = Array.from({ length }, () => (random.next() - 0.5) * 2 ** Math.floor(30 * random.next() - 12));
  const values = Float32Array.from([...special, ...spread].slice(0, length));
  const bench = new Bench(await testMachine());
  const packing = packHalf(bench.input('x', values));
  const unpacking = unpackHalf(packing.tensors.packed, bench.recorder.tensor('x', length));
  bench.recorder.record(packing);
  bench.recorder.record(unpacking);
  const { y } = await bench.run({ y: unpacking.tensors.y });
  expect(y).toEqual(roundToHalves(values.map((value) => Math.min(MOST_HALF, Math.max(-MOST_HALF, value)))));
  await checkTestMachine();
});

/** The losses of fifty steps on drawn pictures. */
async function lossesOf(changed: Partial<NetworkOptions>): Promise<number[]> {
  const machine = await testMachine();
  const state = await stateOn(machine, changed);
  const plan = await machine.compile(trainingProgram(state, BATCH));
  const losses: number[] = [];
  for (let number = 0; number < STEPS; number++) {
    const rates = { number, learningRate: 3e-3, pyraLearningRate: 3e-4, weightDecay: 1e-4 };
    const { pixels, labels } = drawStripes(number, BATCH, SIDE);
    const run = { step: stepValues(options.seed, BATCH, rates), inputs: { pixels, labels }, read: [state.trained.result] };
    const [result] = await plan.run(run);
    losses.push(new Float32Array(result ?? new ArrayBuffer(0))[0] ?? NaN);
  }
  plan.destroy();
  return losses;
}

// All kernels of a training step take SwiftShader, which keeps no cache, as long to compile as all tests of a file.
describe.skipIf(process.env['PYRA_ADAPTER'] === 'swiftshader')('fifty steps have losses within 1 % of those in float32', () => {
  let whole: Promise<number[]> | undefined;
  const inFloat32 = (): Promise<number[]> => (whole ??= lossesOf({}));

  test.each<[string, Partial<NetworkOptions>, number]>([
    ['kept', {}, 0.85],
    ['recomputed', { recompute: true }, 0.95],
  ])('with activations in half precision, %s, in less memory and with the same first loss', async (_, changed, most) => {
    const machine = await testMachine();
    const half = { ...changed, halfActivations: true };
    const measured = async (own: Partial<NetworkOptions>) =>
      machine.measure(trainingProgram(await stateOn(machine, own), BATCH)).bytes;
    expect(await measured(half)).toBeLessThan(most * (await measured(changed)));
    const [expected, found] = [await inFloat32(), await lossesOf(half)];
    // Before the first update the weights are the same, and the forward rounds nothing.
    expect(found[0]).toBe(expected[0]);
    expectLossesAgree(found, expected);
    await checkTestMachine();
  });

  test('with frozen weights in half precision', async () => {
    expectLossesAgree(await lossesOf({ halfWeights: true }), await inFloat32());
    await checkTestMachine();
  });
});
