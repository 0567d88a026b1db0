import { expect, test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { firstRows, spreadRows } from '../../testing/numbers/rows.js';
import { WebGpuMachine } from '../machines/webgpu/machine.js';
import { attention as reference, attentionBackward } from '../reference/layers/attention.js';
import { attention, type AttentionCall } from './attention.js';

/** Exponentials of float32 logits: a few units in the last place each, summed over the keys. */
const BOUND = 5e-6;

function numbersFor({ images, tokens, queries, heads, headWidth }: AttentionCall) {
  const random = new Fixtures(tokens + headWidth);
  return {
    qkv: random.normal(images * tokens * 3 * heads * headWidth),
    dout: random.normal(images * queries * heads * headWidth),
    size: Float64Array.from(random.integers(images * tokens, 1, 9)),
  };
}

async function runOn(machine: WebGpuMachine, call: AttentionCall, proportional: boolean) {
  const { qkv, dout, size } = numbersFor(call);
  const bench = new Bench(machine);
  const qkvTensor = bench.input('qkv', qkv);
  const sizes = proportional ? { size: bench.input('size', size) } : {};
  const out = attention(bench.recorder, { label: 'attention', ...call, qkv: qkvTensor, ...sizes });
  const tape = bench.backward(out, dout, [qkvTensor]);
  return bench.run({ out, dqkv: tape.gradientOf(qkvTensor) });
}

async function holdAgainstReference(call: AttentionCall, proportional: boolean): Promise<void> {
  const { images, tokens, queries, heads, headWidth } = call;
  const { qkv, dout, size } = numbersFor(call);
  const values = await runOn(await testMachine(), call, proportional);
  const expected = { images, tokens, heads, headWidth };
  const sizes = proportional ? size : null;
  expectClose('out', values.out, firstRows(reference(qkv, sizes, expected), images, tokens, queries), BOUND);
  // One token alone: its gradients to q and k vanish, and what is left of them is the rounding of v's.
  const spread = spreadRows(dout, images, queries, tokens);
  expectClose('dqkv', values.dqkv, attentionBackward(spread, qkv, sizes, expected), BOUND);
}

test.each([
  [1, 1, 1, 16],
  [2, 5, 2, 17],
  [1, 67, 3, 32],
  [1, 33, 2, 128],
  [1, 9, 1, 272],
])('attention and its backward, B %i, N %i, H %i, D %i', async (images, tokens, heads, headWidth) => {
  const shape = { images, tokens, heads, headWidth };
  for (const [proportional, queries] of [
    [false, tokens],
    [true, tokens],
    [true, Math.ceil(tokens / 3)],
  ] as const) {
    await holdAgainstReference({ ...shape, queries }, proportional);
  }
});

// A tile whose rows stay in workgroup memory, and one that walks through few columns, with more cells of the result an invocation.
test.each([
  [20, '32x32x16 held'],
  [64, '64x16x16'],
])('every size of tile gives the same bits as the likeliest, D %i, %s', async (headWidth, tile) => {
  const { gpu } = await testMachine();
  const call = { images: 2, tokens: 70, queries: 35, heads: 1, headWidth };
  await holdAgainstReference(call, true);
  const machine = new WebGpuMachine(gpu, { get: () => JSON.stringify([tile, 1, 1]), set: () => undefined }, 0);
  const values = await runOn(machine, call, true);
  expect(new Set(Object.values(machine.tuner.choices))).toEqual(new Set([tile]));
  expect(values).toEqual(await runOn(await testMachine(), call, true));
});
