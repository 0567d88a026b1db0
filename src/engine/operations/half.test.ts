import { describe, expect, it, test } from 'vitest';
import { BUILDS, testCpu } from '../../testing/machines/cpu.js';
import { BATCH, labels, options, pixels, rates, stateOn, trained } from '../../testing/machines/small-network.js';
import { Fixtures } from '../../testing/fixtures.js';
import { MOST_HALF, roundToHalves } from '../../vit/half.js';
import { stepValues, trainingProgram } from '../model/trainer.js';
import type { NetworkOptions } from '../model/types.js';
import { usesOf, type Kind, type Operation } from '../plan/operation.js';
import { Recorder } from '../plan/record.js';
import { Bench } from '../../testing/machines/bench.js';
import { packHalf, unpackHalf } from './half.js';

async function recorded(changed: Partial<NetworkOptions>): Promise<readonly Operation[]> {
  const recorder = new Recorder();
  const state = await stateOn(await testCpu('cpu-simd'), changed);
  trainingProgram(state, BATCH).record(recorder, BATCH);
  return recorder.finish().operations;
}

const ofKind = (operations: readonly Operation[], kind: Kind): Operation[] =>
  operations.filter(({ definition }) => definition.kind === kind);

/** The labels of plan tensors that are written before the loss and read after it. */
function keptFor(operations: readonly Operation[]): string[] {
  const loss = operations.findIndex(({ definition }) => definition.kind === 'crossEntropy');
  const written = new Set(
    operations
      .slice(0, loss)
      .flatMap((operation) =>
        usesOf(operation).flatMap(({ tensor, access }) => (access === 'write' && !tensor.external ? [tensor] : [])),
      ),
  );
  const read = operations.slice(loss + 1).flatMap((operation) => usesOf(operation).map(({ tensor }) => tensor));
  return [...new Set(read)].filter((tensor) => written.has(tensor)).map(({ label }) => label);
}

describe('what a forward keeps in half precision', () => {
  it.each([false, true])('is its activations, but no statistics, sizes and matches; recomputed: %s', async (recompute) => {
    const [whole, half] = [keptFor(await recorded({ recompute })), keptFor(await recorded({ recompute, halfActivations: true }))];
    const packed = half.filter((label) => label.endsWith(' half'));
    const exact = half.filter((label) => !label.endsWith(' half'));
    expect(packed.length).toBeGreaterThan(recompute ? 2 : 10);
    expect(
      packed
        .map((label) => label.replace(/ half$/, ''))
        .concat(exact)
        .sort(),
    ).toEqual(whole.sort());
    const small = /(stats|lse|size|pairs|row of|origin of|rstd|g_D|g_r|d head|logits)( half)?$/;
    expect(exact.filter((label) => !small.test(label))).toEqual([]);
    expect(packed.filter((label) => small.test(label))).toEqual([]);
  });

  it('is unpacked once for operations that follow one another', async () => {
    const operations = await recorded({ halfActivations: true });
    const [packs, unpacks] = [ofKind(operations, 'packHalf').length, ofKind(operations, 'unpackHalf').length];
    expect(unpacks).toBeGreaterThanOrEqual(packs);
    const reading = operations.map((operation) => usesOf(operation).filter(({ tensor }) => tensor.label.endsWith(' rounded')));
    for (const [index, uses] of reading.entries()) {
      const before = operations.slice(Math.max(0, index - 8), index);
      for (const { tensor, access } of uses) {
        if (access === 'read') expect(before.some((one) => usesOf(one).some((use) => use.tensor === tensor))).toBe(true);
      }
    }
  });

  it('leaves the matching of tokens as it was where blocks are recomputed', async () => {
    const operations = await recorded({ recompute: true, halfActivations: true });
    expect(ofKind(operations, 'match').map(({ label }) => label)).toEqual(
      ofKind(await recorded({}), 'match').map(({ label }) => label),
    );
  });
});

test.each(BUILDS)('rounds to the nearest float16, ties to even, and beyond the largest to the largest, %s', async (build) => {
  const random = new Fixtures(5);
  const special = [
    0,
    -0,
    65_503,
    65_519,
    65_520,
    -1e9,
    Infinity,
    2 ** -24,
    2 ** -25,
    1.5 * 2 ** -24,
    2 ** -14,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
  ];
  const spread = Array.from({ length: 5001 }, () => (random.next() - 0.5) * 2 ** Math.floor(40 * random.next() - 24));
  const values = Float32Array.from([...special, ...spread, NaN]);
  const bench = new Bench(await testCpu(build));
  const packing = packHalf(bench.input('x', values));
  const unpacking = unpackHalf(packing.tensors.packed, bench.recorder.tensor('x', values.length));
  bench.recorder.record(packing);
  bench.recorder.record(unpacking);
  const { y } = await bench.run({ y: unpacking.tensors.y });
  const limited = values.map((value) => Math.min(MOST_HALF, Math.max(-MOST_HALF, value)));
  expect(y).toEqual(roundToHalves(limited));
});

describe.each([false, true])('gradients from rounded activations; recomputed: %s', (recompute) => {
  const changed = { halfActivations: true, recompute };

  it('are those of float32 within a fraction of a per cent, after the same forward', async () => {
    const machine = await testCpu('cpu-simd');
    const [whole, half] = [await trained(machine, 1), await trained(machine, 1, changed)];
    expect(half.losses).toEqual(whole.losses);
    // Recomputed in float32 the bits are the same, on processors too.
    expect(await trained(machine, 1, { recompute })).toEqual(whole);
    expect(half.gradients).not.toEqual(whole.gradients);
    const off = Math.hypot(...half.gradients.map((value, at) => value - whole.gradients[at]!));
    // Each activation is off by at most 2^-11 of itself, and a gradient is a sum over many of them.
    expect(off / Math.hypot(...whole.gradients)).toBeLessThan(2 ** -9);
  });

  it('agree with finite differences of the loss', async () => {
    const machine = await testCpu('cpu-simd');
    const state = await stateOn(machine, changed);
    const plan = await machine.compile(trainingProgram(state, BATCH));
    const weights = await state.trained.readValues();
    const lossAt = async (values: Float32Array<ArrayBuffer>): Promise<number> => {
      state.trained.writeValues(values);
      const step = stepValues(options.seed, BATCH, { number: 0, ...rates });
      const [result] = await plan.run({ step, inputs: { pixels, labels }, read: [state.trained.result] });
      return new Float32Array(result ?? new ArrayBuffer(0))[0] ?? NaN;
    };
    await lossAt(weights);
    const gradient = await state.trained.readGradients();
    const length = Math.hypot(...gradient);
    const STEP = 0.02;
    const along = (by: number) => weights.map((value, at) => value + (by * gradient[at]!) / length);
    const slope = ((await lossAt(along(STEP))) - (await lossAt(along(-STEP)))) / (2 * STEP);
    expect(slope / length).toBeGreaterThan(0.99);
    expect(slope / length).toBeLessThan(1.01);
    plan.destroy();
  });
});
