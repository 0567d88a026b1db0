import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openTask } from '../../data/tasks/index.js';
import { loadWeights } from '../../formats/backbones/weights.js';
import { byteSourceFromPath } from '../../headless/inputs/files.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { createNetwork } from './network.js';
import type { NetworkOptions } from './types.js';

const SIDE = 40;
const BATCH = 3;
const STEPS = 2;

const bundled = fileURLToPath(new URL('../../../public/models/photo-formula-vit.safetensors', import.meta.url));
const { architecture, reader } = await loadWeights([await byteSourceFromPath(bundled)]);
if (!architecture) throw new TypeError('the bundled file has no backbone');
const backbone = architecture;

/** Some steps of training. Dropout and stochastic depth must draw the same numbers when a block is computed again. */
async function train(change: Partial<NetworkOptions>) {
  const options: NetworkOptions = {
    ...{
      imageSize: SIDE,
      classes: 10,
      method: 'pyra',
      loraRank: 4,
      adapterWidth: 0,
      schedule: [5, 4, 3, 2, 0, 1, 0, 0, 0, 0, 0, 0],
    },
    ...{ proportionalAttention: true, dropout: 0.2, dropPath: 0.3, seed: 2, ...change },
  };
  const network = await createNetwork(await testMachine(), backbone, reader, options);
  const trainer = await network.trainer(BATCH);
  const task = openTask('texture', 1);
  const each = SIDE * SIDE * 4;
  const losses: number[] = [];
  for (let number = 0; number < STEPS; number++) {
    const pixels = new Uint8Array(BATCH * each);
    const labels = new Uint32Array(BATCH);
    for (let i = 0; i < BATCH; i++) {
      pixels.set(await task.pixels(number * BATCH + i, SIDE), i * each);
      labels[i] = task.label(number * BATCH + i);
    }
    const rates = { number, learningRate: 1e-2, pyraLearningRate: 1e-2, weightDecay: 1e-4 };
    losses.push((await trainer.step({ pixels, labels, count: BATCH }, rates)).loss);
  }
  const words = [...(await network.readTrained())].map(([name, { data }]) => [name, ...new Uint32Array(data.buffer)]);
  const { bytes, macs } = trainer;
  trainer.destroy();
  const evaluator = await network.evaluator(BATCH);
  const forwardMacs = evaluator.macs;
  evaluator.destroy();
  network.destroy();
  return { losses, words, bytes, macs, forwardMacs };
}

describe.each<[string, Partial<NetworkOptions>]>([
  ['PYRA with LoRA', {}],
  ['PYRA with LoRA and adapter', { adapterWidth: 4 }],
  ['ToMe with the adapter alone', { method: 'tome', loraRank: 0, adapterWidth: 4 }],
  ['no merging, LoRA', { method: 'none' }],
])('computing blocks again in the backward, %s', (_, change) => {
  test('gives the same bits in less memory', async () => {
    const kept = await train(change);
    const again = await train({ ...change, recompute: true });
    expect(again.losses).toEqual(kept.losses);
    expect(again.words).toEqual(kept.words);
    expect(again.bytes).toBeLessThan(0.4 * kept.bytes);
    // At most one more forward: the last block is not computed again.
    expect(again.macs).toBeGreaterThan(kept.macs);
    expect(again.macs).toBeLessThan(kept.macs + kept.forwardMacs);
  });
});
