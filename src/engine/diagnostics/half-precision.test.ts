import { expect, test } from 'vitest';
import { openModel } from '../../headless/inputs/inputs.js';
import { Terminal } from '../../headless/terminal.js';
import { testCpu } from '../../testing/machines/cpu.js';
import { expectLossesAgree } from '../../testing/numbers/losses.js';
import { drawStripes, STRIPE_CLASSES } from '../../testing/pictures/stripes.js';
import { BUNDLED, PAPER_RECIPE, type Configuration } from '../../vit/configuration.js';
import { createNetwork } from '../model/network.js';
import type { BackboneReader, Network } from '../model/types.js';
import { setUpRun } from '../training/setup.js';
import { compareMerges } from './half-weights.js';

const [SIDE, BATCH, STEPS] = [48, 8, 50] as const;
const silent = new Terminal({ write: () => undefined }, { write: () => undefined }, false);
const { architecture, reader: bundled } = await openModel(BUNDLED, silent);
/** The bundled backbone is stored in float16 and would lose nothing, so its weights are scaled to lie between two float16 numbers. */
const reader: BackboneReader = {
  shape: (name) => bundled.shape(name),
  read: async (name) => {
    const { shape, data } = await bundled.read(name);
    return { shape, data: data.map((value) => 1.0003 * value) };
  },
};

async function networkOf(changed: Partial<Configuration> = {}): Promise<Network> {
  const configuration = { ...PAPER_RECIPE, imageSize: SIDE, method: 'pyra', schedule: 'high', ...changed } as const;
  const { options } = setUpRun(configuration, architecture, STRIPE_CLASSES);
  return createNetwork(await testCpu('cpu-simd'), architecture, reader, options);
}

const drawBatch = (seed: number) => drawStripes(seed, BATCH, SIDE);

async function lossesOf(network: Network): Promise<number[]> {
  const trainer = await network.trainer(BATCH);
  const losses: number[] = [];
  for (let number = 0; number < STEPS; number++) {
    const rates = { number, learningRate: 1e-3, pyraLearningRate: 1e-4, weightDecay: 1e-4 };
    losses.push((await trainer.step(drawBatch(number), rates)).loss);
  }
  trainer.destroy();
  return losses;
}

test('fifty steps on weights rounded to half precision have losses within 1 % of those in float32, and few merges differ', async () => {
  const [whole, half] = [await networkOf(), await networkOf({ halfWeights: true })];
  const pictures = Array.from({ length: BATCH }, (_, i) =>
    drawBatch(99).pixels.slice(i * SIDE ** 2 * 4, (i + 1) * SIDE ** 2 * 4),
  );
  const own = await compareMerges(whole, whole, pictures);
  expect(own.differing).toBe(0);
  const { merges, differing } = await compareMerges(whole, half, pictures);
  expect(merges).toBe(own.merges);
  expect(merges).toBeGreaterThan(BATCH * 20);
  expect(differing / merges).toBeLessThan(0.05);
  expectLossesAgree(await lossesOf(half), await lossesOf(whole));
});

test.each([false, true])(
  'fifty steps with activations kept in half precision have losses within 1 %%, and the same forward; recomputed: %s',
  async (recompute) => {
    const whole = await networkOf();
    const half = await networkOf({ halfActivations: true, recompute });
    const [found, expected] = [await lossesOf(half), await lossesOf(whole)];
    // Before the first update the weights are the same: a forward in which something was rounded would differ.
    expect(found[0]).toBe(expected[0]);
    expectLossesAgree(found, expected);
  },
);
