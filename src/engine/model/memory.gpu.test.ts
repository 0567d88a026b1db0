import { describe, expect, test, vi } from 'vitest';
import { leastMachine, testMachine } from '../../testing/machines/gpu.js';
import { BATCH, pixels, SIDE, stateOn, trained, WIDE } from '../../testing/machines/small-network.js';
import { architectureOf, MODELS, SIDE as LARGE_SIDE } from '../diagnostics/full/shapes.js';
import type { WebGpuMachine } from '../machines/webgpu/machine.js';
import { estimateTraining } from './estimate.js';
import { createEvaluator } from './evaluator.js';
import type { NetworkOptions } from './types.js';

const LARGE_BATCH = 32;
const onSwiftShader = process.env['PYRA_ADAPTER'] === 'swiftshader';

// Plans are recorded, but not compiled and not given memory.
test.each([
  ['ViT-B/16', 2e9, { halfActivations: true }],
  ['ViT-B/16', 1.1e9, { recompute: true }],
  ['ViT-L/16', 4e9, { recompute: true }],
  ['ViT-L/16', 1.6e9, { recompute: true, halfWeights: true, halfActivations: true }],
])('%s trains within %d bytes at batch 32, without merging', async (name, most, saving) => {
  const model = MODELS.find((one) => one.name === name);
  if (!model) throw new Error(`there is no ${name}`);
  const options: NetworkOptions = {
    ...{
      imageSize: LARGE_SIDE,
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
  const { bytes } = estimateTraining(machine, architecture, { ...options, ...saving }, LARGE_BATCH, LARGE_BATCH);
  const kept = estimateTraining(machine, architecture, options, LARGE_BATCH, LARGE_BATCH);
  expect(bytes).toBeLessThan(most);
  expect(kept.bytes).toBeGreaterThan(most);
});

// A new device would compile all kernels again, which takes SwiftShader, without a cache, as long as all tests of a file.
test.skipIf(onSwiftShader)('a device that gives no more than every adapter has to trains to the same bits', async () => {
  const machine = await leastMachine();
  const { maxComputeWorkgroupStorageSize, maxStorageBufferBindingSize } = machine.gpu.device.limits;
  expect([maxComputeWorkgroupStorageSize, maxStorageBufferBindingSize]).toEqual([2 ** 14, 2 ** 27]);
  const least = await trained(machine, 1);
  machine.gpu.check();
  machine.destroy();
  expect(least).toEqual(await trained(await testMachine(), 1));
});

// These kernels take SwiftShader a minute to compile, for what llvmpipe shows as well.
describe.skipIf(onSwiftShader)('where a binding holds the activations of few pictures', () => {
  /** Of 20 pictures, the largest tensor has 1.3 MB: the MLP's. A group has 4 of them. */
  const LIMITS = { maxBufferSize: 2 ** 20, maxStorageBufferBindingSize: 280_000 };

  async function limited<T>(work: (machine: WebGpuMachine) => Promise<T>, changed: Partial<typeof LIMITS> = {}): Promise<T> {
    const machine = await testMachine();
    const limits = vi.spyOn(machine.gpu, 'limits', 'get').mockReturnValue({ ...LIMITS, ...changed });
    try {
      return await work(machine);
    } finally {
      limits.mockRestore();
    }
  }

  test('a batch trains in groups: dropout, losses and gradients are those of the whole batch but for the sums’ last bits', async () => {
    const machine = await testMachine();
    const whole = await trained(machine, 1);
    const grouped = await limited((small) => trained(small, 1));
    grouped.losses.forEach((loss, index) => expect(loss).toBeCloseTo(whole.losses[index] ?? NaN, 5));
    const largest = whole.gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(0);
    const off = whole.gradients.reduce((most, value, at) => Math.max(most, Math.abs(value - (grouped.gradients[at] ?? NaN))), 0);
    // A few dozen pictures are added up in another order: some units in the last of 24 bits.
    expect(off).toBeLessThan(2 ** -18 * largest);
    expect(await limited((small) => trained(small, 1))).toEqual(grouped);
  });

  test('a forward in groups has the same bits, and its plan takes less memory', async () => {
    const machine = await testMachine();
    const state = await stateOn(machine);
    const logitsOf = async (on: WebGpuMachine) => {
      const evaluator = await createEvaluator(on, state, BATCH);
      const { bytes } = evaluator;
      // The last group has one picture.
      const logits = await evaluator.logits({ pixels: pixels.slice(0, 17 * 4 * SIDE * SIDE), count: 17 });
      evaluator.destroy();
      return { logits, bytes };
    };
    const whole = await logitsOf(machine);
    const grouped = await limited(logitsOf);
    expect(grouped.logits).toEqual(whole.logits);
    expect(grouped.bytes).toBeLessThan(0.3 * whole.bytes);
  });

  test('what no group makes smaller is refused by name', async () => {
    const machine = await testMachine();
    const state = await stateOn(machine);
    const evaluator = limited((small) => createEvaluator(small, state, BATCH), { maxStorageBufferBindingSize: 2 ** 15 });
    await expect(evaluator).rejects.toMatchObject({
      code: 'gpu.out-of-memory',
      message: expect.stringMatching(/^evaluate: \S.* has 0\.\d MiB, but this adapter binds at most 0\.0 MiB; /),
    });
    await expect(limited((small) => stateOn(small), { maxBufferSize: 2 ** 14 })).rejects.toMatchObject({
      code: 'gpu.out-of-memory',
      message: expect.stringMatching(
        / needs a buffer of 0\.\d MiB, but this adapter's buffers have at most 0\.0 MiB; take a smaller backbone/,
      ),
    });
  });

  // A picture's largest tensor has 35 kB, and the network's matrices have up to 262 kB, the head's 102 kB.
  test.each<[string, Partial<NetworkOptions>]>([
    ['LoRA on frozen weights', {}],
    ['half-precision weights', { halfWeights: true }],
    ['all weights', { trainsBackbone: true, loraRank: 0, adapterWidth: 0 }],
  ])(
    'weights that no binding holds are multiplied in parts, with the same numbers but for the sums’ last bits: %s',
    async (_, own) => {
      const changed = { ...own, schedule: [3, 2], classes: 200 };
      const machine = await testMachine();
      const whole = await trained(machine, 1, changed, WIDE);
      const split = await limited((small) => trained(small, 1, changed, WIDE), {
        ...{ maxStorageBufferBindingSize: 2 ** 16, maxBufferSize: 2 ** 22 },
      });
      machine.gpu.check();
      split.losses.forEach((loss, index) => expect(loss).toBeCloseTo(whole.losses[index] ?? NaN, 5));
      const largest = whole.gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeGreaterThan(0);
      const off = whole.gradients.reduce((most, value, at) => Math.max(most, Math.abs(value - (split.gradients[at] ?? NaN))), 0);
      expect(off).toBeLessThan(2 ** -18 * largest);
    },
  );
});
