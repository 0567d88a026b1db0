import { describe, expect, test } from 'vitest';
import { checkTestMachine, testMachine } from '../../testing/machines/gpu.js';
import { options, SIDE, stateOn as stateOf } from '../../testing/machines/small-network.js';
import { expectLossesAgree } from '../../testing/numbers/losses.js';
import { drawStripes } from '../../testing/pictures/stripes.js';
import { stepValues, trainingProgram } from '../model/trainer.js';
import type { NetworkOptions } from '../model/types.js';
import type { Machine } from '../plan/machine.js';

const STEPS = 50;
const IMAGES = 8;

/** Few tokens, since a software adapter takes its time for each. */
const stateOn = (machine: Machine, changed: Partial<NetworkOptions>) =>
  stateOf(machine, { schedule: [6, 3], ...changed }, { channels: 64, patch: 8 });

/** The losses of fifty steps on drawn pictures. */
async function lossesOf(changed: Partial<NetworkOptions>): Promise<number[]> {
  const machine = await testMachine();
  const state = await stateOn(machine, changed);
  const plan = await machine.compile(trainingProgram(state, IMAGES));
  const losses: number[] = [];
  for (let number = 0; number < STEPS; number++) {
    const rates = { number, learningRate: 3e-3, pyraLearningRate: 3e-4, weightDecay: 1e-4 };
    const { pixels, labels } = drawStripes(number, IMAGES, SIDE);
    const run = { step: stepValues(options.seed, IMAGES, rates), inputs: { pixels, labels }, read: [state.trained.result] };
    const [result] = await plan.run(run);
    losses.push(new Float32Array(result ?? new ArrayBuffer(0))[0] ?? NaN);
  }
  plan.destroy();
  return losses;
}

describe('fifty steps have losses within 1 % of those in float32', () => {
  let whole: Promise<number[]> | undefined;
  const inFloat32 = (): Promise<number[]> => (whole ??= lossesOf({}));

  test.each<[string, Partial<NetworkOptions>, number]>([
    ['kept', {}, 0.85],
    ['recomputed', { recompute: true }, 0.95],
  ])('with activations in half precision, %s, in less memory and with the same first loss', async (_, changed, most) => {
    const machine = await testMachine();
    const half = { ...changed, halfActivations: true };
    const measured = async (own: Partial<NetworkOptions>) =>
      machine.measure(trainingProgram(await stateOn(machine, own), IMAGES)).bytes;
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
