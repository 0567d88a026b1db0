import { test } from 'vitest';
import { expectClose } from '../../testing/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import type { Gpu } from '../gpu/device.js';
import { Bench, testGpu, testGpuAsHardware } from '../../testing/gpu.js';
import { attention, attentionBackward } from '../reference/attention.js';
import { recordAttention, recordAttentionBackward } from './attention.js';

/** Exponentials of float32 logits: a few units in the last place each, summed over the keys. */
const BOUND = 5e-6;

async function holdAgainstReference(gpu: Gpu, batch: number, tokens: number, heads: number, headWidth: number): Promise<void> {
  for (const proportional of [false, true]) {
    const random = new Fixtures(tokens + headWidth);
    const bench = new Bench(gpu);
    const qkv = random.normal(batch * tokens * 3 * heads * headWidth);
    const dout = random.normal(batch * tokens * heads * headWidth);
    const size = Float64Array.from(random.integers(batch * tokens, 1, 9));
    const shape = { label: 'attention', images: batch, tokens, heads, headDim: headWidth };
    const qkvTensor = bench.input('qkv', qkv);
    const sizes = proportional ? { size: bench.input('size', size) } : {};
    const o = bench.output('o', batch * tokens * heads * headWidth);
    const lse = bench.output('lse', batch * heads * tokens);
    const dqkv = bench.output('dqkv', qkv.length);
    recordAttention(bench.plan, { ...shape, qkv: qkvTensor, ...sizes, o, lse });
    recordAttentionBackward(bench.plan, { ...shape, qkv: qkvTensor, ...sizes, o, lse, dOut: bench.input('dOut', dout), dqkv });
    const [values, gradients] = await bench.run([o, dqkv]);
    const reference = { batch, tokens, heads, headWidth };
    expectClose('o', values ?? [], attention(qkv, proportional ? size : null, reference), BOUND);
    // One token alone: its gradients to q and k vanish, and what is left of them is the rounding of v's.
    expectClose('dqkv', gradients ?? [], attentionBackward(dout, qkv, proportional ? size : null, reference), BOUND);
  }
}

test.each([
  [1, 1, 1, 16],
  [2, 5, 2, 17],
  [2, 8, 1, 32],
  [1, 67, 3, 32],
  [1, 33, 2, 128],
  [2, 65, 2, 64],
])('attention and its backward, B %i, N %i, H %i, D %i', async (...shape) => {
  await holdAgainstReference(await testGpu(), ...shape);
});

// One head width only: compilers of software adapters unroll these kernels' loops, at a minute for each wide head.
test.each([
  [1, 1, 1, 16],
  [2, 37, 2, 16],
])('the kernels for hardware agree as well, B %i, N %i, H %i, D %i', async (...shape) => {
  await holdAgainstReference(await testGpuAsHardware(), ...shape);
});
