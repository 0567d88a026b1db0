import { test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { testMachine, testMachineAsHardware } from '../../testing/machines/gpu.js';
import { firstRows, spreadRows } from '../../testing/numbers/rows.js';
import type { Machine } from '../plan/machine.js';
import { attention as reference, attentionBackward } from '../reference/layers/attention.js';
import { attention } from './attention.js';

/** Exponentials of float32 logits: a few units in the last place each, summed over the keys. */
const BOUND = 5e-6;

async function holdAgainstReference(
  machine: Machine,
  images: number,
  tokens: number,
  heads: number,
  headWidth: number,
): Promise<void> {
  for (const [proportional, queries] of [
    [false, tokens],
    [true, tokens],
    [true, Math.ceil(tokens / 3)],
  ] as const) {
    const random = new Fixtures(tokens + headWidth);
    const bench = new Bench(machine);
    const qkv = random.normal(images * tokens * 3 * heads * headWidth);
    const dout = random.normal(images * queries * heads * headWidth);
    const size = Float64Array.from(random.integers(images * tokens, 1, 9));
    const shape = { images, tokens, queries, heads, headWidth };
    const qkvTensor = bench.input('qkv', qkv);
    const sizes = proportional ? { size: bench.input('size', size) } : {};
    const out = attention(bench.recorder, { label: 'attention', ...shape, qkv: qkvTensor, ...sizes });
    const tape = bench.backward(out, dout, [qkvTensor]);
    const values = await bench.run({ out, dqkv: tape.gradientOf(qkvTensor) });
    const expected = { images, tokens, heads, headWidth };
    const sizesOrNone = proportional ? size : null;
    const out64 = reference(qkv, sizesOrNone, expected);
    expectClose('out', values.out, firstRows(out64, images, tokens, queries), BOUND);
    // One token alone: its gradients to q and k vanish, and what is left of them is the rounding of v's.
    expectClose(
      'dqkv',
      values.dqkv,
      attentionBackward(spreadRows(dout, images, queries, tokens), qkv, sizesOrNone, expected),
      BOUND,
    );
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
  await holdAgainstReference(await testMachine(), ...shape);
});

// One head width only: compilers of software adapters unroll these kernels' loops, at a minute for each wide head.
test.each([
  [1, 1, 1, 16],
  [2, 37, 2, 16],
])('the kernels for hardware agree as well, B %i, N %i, H %i, D %i', async (...shape) => {
  await holdAgainstReference(await testMachineAsHardware(), ...shape);
});
