import { expect, test } from 'vitest';
import { leastMachine, testMachine } from '../../testing/machines/gpu.js';
import { trained } from '../../testing/machines/small-network.js';
import { architectureOf, MODELS, SIDE } from '../diagnostics/full/shapes.js';
import { estimateTraining } from './estimate.js';
import type { NetworkOptions } from './types.js';

const BATCH = 32;

// Plans are recorded, but not compiled and not given memory.
test.each([
  ['ViT-B/16', 2e9, { recompute: true }],
  ['ViT-L/16', 4e9, { recompute: true, halfWeights: true }],
])('%s trains within %d bytes at batch 32, without merging', async (name, most, saving) => {
  const model = MODELS.find((one) => one.name === name);
  if (!model) throw new Error(`there is no ${name}`);
  const options: NetworkOptions = {
    ...{
      imageSize: SIDE,
      classes: 100,
      method: 'none',
      schedule: Array<number>(model.depth).fill(0),
      loraRank: 8,
      adapterWidth: 0,
    },
    ...{ proportionalAttention: true, dropout: 0.1, dropPath: 0.1, seed: 0 },
  };
  const machine = await testMachine();
  const architecture = architectureOf(model);
  const { bytes } = estimateTraining(machine, architecture, { ...options, ...saving }, BATCH, BATCH);
  const kept = estimateTraining(machine, architecture, options, BATCH, BATCH);
  expect(bytes).toBeLessThan(most);
  expect(kept.bytes).toBeGreaterThan(most);
});

// A new device would compile all kernels again, which takes SwiftShader, without a cache, as long as all tests of a file.
test.skipIf(process.env['PYRA_ADAPTER'] === 'swiftshader')(
  'a device that gives no more than every adapter has to trains to the same bits',
  async () => {
    const machine = await leastMachine();
    const { maxComputeWorkgroupStorageSize, maxStorageBufferBindingSize } = machine.gpu.device.limits;
    expect([maxComputeWorkgroupStorageSize, maxStorageBufferBindingSize]).toEqual([2 ** 14, 2 ** 27]);
    const least = await trained(machine, 1);
    machine.gpu.check();
    machine.destroy();
    expect(least).toEqual(await trained(await testMachine(), 1));
  },
);
