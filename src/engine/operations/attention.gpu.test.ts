import { describe, expect, test } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench } from '../../testing/machines/bench.js';
import { compileBeyondLimits, MOST_LIMITS, testedCandidates } from '../../testing/machines/candidates.js';
import { machineChoosing, testMachine } from '../../testing/machines/gpu.js';
import { withOthers } from '../../testing/machines/with-others.js';
import { firstRows, spreadRows } from '../../testing/numbers/rows.js';
import { attentionCandidates } from '../machines/webgpu/candidates/attention.js';
import type { WorkgroupLimits } from '../machines/webgpu/candidates/product.js';
import type { Lowering } from '../machines/webgpu/lowering.js';
import type { WebGpuMachine } from '../machines/webgpu/machine.js';
import { lowerOperation } from '../machines/webgpu/operations/index.js';
import { Recorder } from '../plan/record.js';
import { Tape } from '../plan/tape.js';
import { attention as reference, attentionBackward } from '../reference/layers/attention.js';
import { attention, type AttentionCall } from './attention.js';

/** Errors of the exponentials of float32 logits, a few units in the last place each, summed over the keys. */
const BOUND = 5e-6;

function numbersFor({ images, tokens, queries, heads, headWidth }: AttentionCall) {
  const random = new Fixtures(tokens + headWidth);
  return {
    qkv: random.normal(images * tokens * 3 * heads * headWidth),
    dout: random.normal(images * queries * heads * headWidth),
    size: Float64Array.from(random.integers(images * tokens, 1, 9)),
  };
}

/** A candidate that stores scores. */
const UNFUSED = '32x16x16 unfused';

async function runOn(machine: WebGpuMachine, call: AttentionCall, proportional: boolean) {
  const { qkv, dout, size } = numbersFor(call);
  const bench = new Bench(machine);
  const qkvTensor = bench.input('qkv', qkv);
  const sizes = proportional ? { size: bench.input('size', size) } : {};
  const out = attention(bench.recorder, { label: 'attention', ...call, qkv: qkvTensor, ...sizes });
  const tape = bench.backward(out, dout, [qkvTensor]);
  return bench.run({ out, dqkv: tape.gradientOf(qkvTensor) });
}

async function holdAgainstReference(call: AttentionCall, proportional: boolean, machine?: WebGpuMachine): Promise<void> {
  const { images, tokens, queries, heads, headWidth } = call;
  const { qkv, dout, size } = numbersFor(call);
  const values = await runOn(machine ?? (await testMachine()), call, proportional);
  const expected = { images, tokens, heads, headWidth };
  const sizes = proportional ? size : null;
  expectClose('out', values.out, firstRows(reference(qkv, sizes, expected), images, tokens, queries), BOUND);
  // With a single token the gradients of q and k are zero, and what remains of them is the rounding of v's gradient.
  const spread = spreadRows(dout, images, queries, tokens);
  expectClose('dqkv', values.dqkv, attentionBackward(spread, qkv, sizes, expected), BOUND);
}

test.each([
  [1, 1, 1, 16],
  [2, 5, 2, 17],
  [1, 83, 3, 24],
  [1, 33, 2, 36],
  [1, 17, 1, 80],
  [1, 9, 1, 128],
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

/**
 * A tile that reads few columns at a time in two slices of the head's width, one that keeps its rows in workgroup memory, and one that
 * stores scores. They are few because a software adapter spends its time compiling; PYRA_CANDIDATES asks for others.
 */
const TILES = ['32x16x16 unfused', '64x16x16', '16x32x16 held'];
/** The number of tiles tested on SwiftShader, which does not cache compiled shaders. */
const FEW_TILES = 2;

describe('every candidate gives the same bits as the first', async () => {
  const { gpu } = await testMachine();
  const { adapter, device, smallestSubgroup } = gpu;
  const namesAt = (headWidth: number): string[] =>
    attentionCandidates({ products: 2, headWidth }, device.limits, true).map(({ name }) => name);
  const [wide, all] = [namesAt(80), namesAt(17)];
  const few = /swiftshader/i.test(`${adapter.name} ${adapter.description}`) ? TILES.slice(0, FEW_TILES) : TILES;

  test.each(testedCandidates(all, few))('%s', async (name) => {
    expect(all).toContain(name);
    // What holds all channels of its rows has room for those of narrow heads only.
    const headWidth = wide.includes(name) ? 80 : 17;
    const call = { images: 2, tokens: 70, queries: 35, heads: 1, headWidth };
    const lanes = smallestSubgroup > 0 ? '4 rows by subgroups' : '2 rows';
    const machine = machineChoosing(gpu, name, { exponentials: lanes });
    await holdAgainstReference(call, true, machine);
    expect(await runOn(machine, call, true)).toEqual(await runOn(await testMachine(), call, true));
    expect(new Set(Object.values(machine.tuner.choices))).toEqual(new Set(name.includes('unfused') ? [name, lanes] : [name]));
  });
});

describe('a candidate that needs more workgroup memory than this adapter has is compiled, and not run', async () => {
  const { gpu } = await testMachine();
  const call = { images: 2, tokens: 70, queries: 35, heads: 1, headWidth: 80 };
  const namesFor = (limits: WorkgroupLimits): string[] =>
    attentionCandidates({ products: 2, headWidth: call.headWidth }, limits, true).map(({ name }) => name);
  const here = namesFor(gpu.device.limits);
  const beyond = namesFor(MOST_LIMITS).filter((name) => !here.includes(name));
  test.each(beyond)('%s', async (name) => {
    const recorder = new Recorder();
    const qkv = recorder.input('qkv', call.images * call.tokens * 3 * call.headWidth, 'f32');
    const out = attention(recorder, { label: 'attention', ...call, qkv });
    const tape = new Tape(recorder, [qkv]);
    tape.hand(out, recorder.input('dout', out.length, 'f32'));
    tape.run(false);
    recorder.output('out', out);
    recorder.output('dqkv', tape.gradientOf(qkv)!);
    const lower = (lowering: Lowering): void => {
      // The forward, with one product, may fit.
      const backward = recorder.finish().operations.filter(({ definition }) => definition.kind === 'attentionBackward');
      for (const operation of backward) lowerOperation(lowering, operation);
    };
    await compileBeyondLimits(gpu, lower, { known: () => name });
  });
});

test.each([
  [1, 1, 1, 16],
  [2, 5, 2, 17],
  [1, 83, 3, 24],
])('attention and its backward without fusion, B %i, N %i, H %i, D %i', async (images, tokens, heads, headWidth) => {
  const { gpu } = await testMachine();
  for (const [proportional, queries] of [
    [false, tokens],
    [true, Math.ceil(tokens / 3)],
  ] as const) {
    await holdAgainstReference({ images, tokens, heads, headWidth, queries }, proportional, machineChoosing(gpu, UNFUSED));
  }
});

test('scores of pictures that do not fit together are stored one after the other, with the same bits', async () => {
  const { gpu } = await testMachine();
  const call = { images: 2, tokens: 121, queries: 121, heads: 1, headWidth: 16 };
  const together = await runOn(machineChoosing(gpu, UNFUSED), call, false);
  // Room for the scores of one picture, but not of two.
  const most = 2 * 4 * 121 * 124 - 1;
  const limits = { maxBufferSize: gpu.limits.maxBufferSize, maxStorageBufferBindingSize: most };
  const small = withOthers(gpu, { limits });
  expect(small.limits.maxStorageBufferBindingSize).toBe(most);
  expect(await runOn(machineChoosing(small, UNFUSED), call, false)).toEqual(together);
});
