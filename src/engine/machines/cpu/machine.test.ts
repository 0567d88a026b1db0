import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readGoldenFile } from '../../../formats/golden.js';
import { byteSourceFromPath } from '../../../headless/inputs/files.js';
import { expectClose } from '../../../testing/numbers/closeness.js';
import { BUILDS, startHere, testCpu } from '../../../testing/machines/cpu.js';
import { GOLDEN_NAMES } from '../../../testing/golden.js';
import { BATCH, CLASSES, labels, pixels, rates, SIDE, stateOn, trained } from '../../../testing/machines/small-network.js';
import { linear } from '../../operations/linear.js';
import { crossEntropy } from '../../operations/loss.js';
import { macsOfOne, Recorder } from '../../plan/record.js';
import { sketchStorage, viewOf, type Role } from '../../plan/tensor.js';
import { createTracer } from '../../model/tracer.js';
import type { StartMember } from './messages.js';
import { stepValues, trainingProgram } from '../../model/trainer.js';
import { verifyGolden } from '../../training/verify.js';
import { evaluationProgram } from '../../model/evaluator.js';

const read = async (name: string) =>
  readGoldenFile(
    await byteSourceFromPath(fileURLToPath(new URL(`../../../../public/golden/${name}.safetensors`, import.meta.url))),
  );

describe.each(BUILDS)('%s', (build) => {
  test.each(GOLDEN_NAMES)('%s: agrees with the authors’ PyTorch code in every tensor', async (name) => {
    const machine = await testCpu(build);
    const report = await verifyGolden(machine, await read(name));
    expect(report.rows.filter((row) => !row.passed)).toEqual([]);
    expect(report.rows.length).toBeGreaterThan(20);
    await machine.idle();
    expect(machine.allocatedBytes).toBe(0);
  });

  test('a change of one weight by 1 % fails', async () => {
    const golden = await read('pyra_lora');
    const name = 'blocks.1.mlp.fc1.weight';
    const weights = new Map(golden.weights);
    const whole = weights.get(name);
    if (!whole) throw new Error(`the golden file has no ${name}`);
    weights.set(name, { shape: whole.shape, data: whole.data.map((value) => value * 1.01) });
    const report = await verifyGolden(await testCpu(build), { ...golden, weights });
    expect(report.passed).toBe(false);
    expect(report.rows.find((row) => row.tensor === 'logits')?.passed).toBe(false);
  });
});

describe.each(BUILDS)('groups of pictures, %s', (build) => {
  test('give the same bytes on one, two and three threads', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map(async (threads) => trained(await testCpu(build, threads), 3)));
    expect(one?.losses.every(Number.isFinite)).toBe(true);
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });

  test('give the gradients of the batch, weighted by its pictures', async () => {
    const machine = await testCpu(build, 2);
    const state = await stateOn(machine, { dropout: 0, dropPath: 0 });
    const whole = await machine.compile({ ...trainingProgram(state, BATCH), update: () => undefined });
    const single = await machine.compile({ ...trainingProgram(state, 1), update: () => undefined });
    const still = { number: 0, learningRate: 0, pyraLearningRate: 0, weightDecay: 0 };
    await whole.run({ step: stepValues(0, BATCH, still), inputs: { pixels, labels }, read: [] });
    const found = await state.trained.readGradients();
    const sum = new Float64Array(found.length);
    for (let image = 0; image < BATCH; image++) {
      const inputs = {
        pixels: pixels.slice(image * SIDE * SIDE * 4, (image + 1) * SIDE * SIDE * 4),
        labels: labels.slice(image, image + 1),
      };
      await single.run({ step: stepValues(0, 1, still), inputs, read: [] });
      (await state.trained.readGradients()).forEach((value, i) => (sum[i]! += value / BATCH));
    }
    // Sums of some hundred rows are taken in another order, through two blocks.
    expectClose('gradients', found, sum, 2e-5);
  });

  test('a picture’s logits do not depend on its batch', async () => {
    const machine = await testCpu(build, 2);
    const state = await stateOn(machine);
    const many = await machine.compile(evaluationProgram(state, BATCH));
    const one = await machine.compile(evaluationProgram(state, 1));
    const step = { seed: 0, number: 0 };
    const [all] = await many.run({ step: { ...step, images: 17 }, inputs: { pixels }, read: ['logits'] });
    const logits = new Float32Array(all ?? new ArrayBuffer(0));
    expect(logits.length).toBe(BATCH * CLASSES);
    for (const image of [0, 7, 16]) {
      const own = pixels.slice(image * SIDE * SIDE * 4, (image + 1) * SIDE * SIDE * 4);
      const [alone] = await one.run({ step: { ...step, images: 1 }, inputs: { pixels: own }, read: ['logits'] });
      expect([...new Float32Array(alone ?? new ArrayBuffer(0))]).toEqual([
        ...logits.slice(image * CLASSES, (image + 1) * CLASSES),
      ]);
    }
  });
});

describe('the pictures of a group', () => {
  /**
   * The numbers of pictures for which a layer of `rows` rows a picture is recorded, with or without a loss. Each picture has enough work
   * for a group of its own.
   */
  const groupsOf = async (images: number, rows: number, loss = false): Promise<number[]> => {
    const [columns, depth] = [2560, 2560];
    const view = (label: string, role: Role, length: number) => viewOf(sketchStorage({ label, role, type: 'f32', length }));
    const [weight, result] = [view('weight', 'frozen', columns * depth), view('result', 'sum', 2)];
    const recorded = new Set<number>();
    const record = (recorder: Recorder, count: number): void => {
      recorded.add(count);
      const a = recorder.input('a', count * rows * depth, 'f32');
      const logits = linear(recorder, { label: 'layer', a, weight, rows: count * rows, columns, depth });
      const labels = recorder.input('labels', count * rows, 'u32');
      if (!loss) recorder.output('logits', logits);
      else crossEntropy(recorder, { label: 'loss', logits, labels, result, images: count * rows, classes: columns, scale: 1 });
    };
    (await testCpu('cpu-simd')).measure({ label: 'layer', images, record });
    // A record of one picture is made to choose the group, and one of all pictures to count its work.
    return [...recorded].filter((count) => count !== 1 && count !== images);
  };

  test('are several where each has few rows, so that a weight is loaded once for all of them', async () => {
    expect(await groupsOf(8, 256)).toEqual([]);
    expect(await groupsOf(8, 100)).toEqual([2]);
    expect(await groupsOf(8, 8)).toEqual([2]);
    // And its halves, into which the last groups are divided.
    expect(await groupsOf(32, 8)).toEqual([8, 4, 2]);
  });

  test('are unchanged where pictures meet in a sum, which is taken in the order of groups', async () => {
    expect(await groupsOf(8, 8, true)).toEqual([]);
    expect(await groupsOf(32, 8, true)).toEqual([4]);
  });
});

test('a single picture is computed between the operations of a step', async () => {
  const machine = await testCpu('cpu-simd');
  const state = await stateOn(machine);
  const train = await machine.compile(trainingProgram(state, BATCH));
  const look = await machine.compile(evaluationProgram(state, 1));
  const done: string[] = [];
  const step = stepValues(0, BATCH, { number: 0, ...rates });
  const steps = [0, 1].map(() => train.run({ step, inputs: { pixels, labels }, read: [] }).then(() => done.push('step')));
  const own = pixels.slice(0, SIDE * SIDE * 4);
  const picture = look.run({ step: { seed: 0, number: 0, images: 1 }, inputs: { pixels: own }, read: ['logits'] });
  await Promise.all([...steps, picture.then(() => done.push('picture'))]);
  expect(done).toEqual(['picture', 'step', 'step']);
});

describe('where memory has no room for all threads', () => {
  test('fewer compute, with the same bytes, and a sentence says so', async () => {
    const alone = await trained(await testCpu('cpu-simd'), 3);
    const told: string[] = [];
    const machine = await testCpu('cpu-simd', 4, { memory: 8 * 2 ** 20, onFewer: (sentence) => told.push(sentence) });
    expect(machine.adapter.name).toBe('CPU, 4 threads');
    expect(await trained(machine, 3)).toEqual(alone);
    expect(machine.threads).toBeGreaterThan(0);
    expect(machine.threads).toBeLessThan(4);
    expect(machine.adapter).toMatchObject({ name: `CPU, ${machine.threads} of 4 threads`, gflops: machine.threads });
    expect(told.at(-1)).toMatch(new RegExp(`^${machine.threads} of 4 threads compute, since each takes \\d+ MiB of memory`));
    expect(machine.adapter.description).toBe(told.at(-1));
  });

  /** Starts members whose memories can grow only to these limits, in turn. */
  const limited = (limits: readonly number[]): StartMember => {
    let count = 0;
    return (onAnswer) => {
      const most = limits[count++] ?? Infinity;
      let full = false;
      const port = startHere(onAnswer);
      return {
        post(order, transfer) {
          if (!full && order.kind === 'reserve' && order.end > most) {
            full = true;
            setImmediate(() => onAnswer({ kind: 'full' }));
          }
          if (!full) port.post(order, transfer);
        },
        stop: () => port.stop(),
      };
    };
  };

  test('a thread whose memory cannot grow leaves its work to the others', async () => {
    const alone = await trained(await testCpu('cpu-simd'), 3);
    const machine = await testCpu('cpu-simd', 3, { start: limited([Infinity, 2 ** 20, Infinity]) });
    expect(await trained(machine, 3)).toEqual(alone);
    expect(machine.adapter.name).toBe('CPU, 2 of 3 threads');
  });

  test('if it has room for no thread, the run fails', async () => {
    const machine = await testCpu('cpu-simd', 2, { start: limited([2 ** 20, 2 ** 20]) });
    await expect(trained(machine, 1)).rejects.toMatchObject({ code: 'gpu.out-of-memory' });
    expect((await machine.lost).message).toMatch(/^not even one thread’s memory has room/);
  });
});

test('a map is computed before steps that were queued earlier', async () => {
  const machine = await testCpu('cpu-simd');
  const state = await stateOn(machine);
  const train = await machine.compile(trainingProgram(state, BATCH));
  const tracer = await createTracer(machine, state);
  const own = pixels.slice(0, SIDE * SIDE * 4);
  const before = await tracer.trace(own);
  const done: string[] = [];
  const step = stepValues(0, BATCH, { number: 0, ...rates });
  const steps = [0, 1].map(() => train.run({ step, inputs: { pixels, labels }, read: [] }).then(() => done.push('step')));
  const map = tracer.trace(own);
  await Promise.all([...steps, map.then(() => done.push('map'))]);
  expect(done).toEqual(['map', 'step', 'step']);
  // The map is of the weights before the running step.
  expect({ ...(await map), milliseconds: 0 }).toEqual({ ...before, milliseconds: 0 });
});

test('the moments at which a map begins and ends are on the performance timeline, and are not kept', async () => {
  const machine = await testCpu('cpu-simd');
  const state = await stateOn(machine);
  const tracer = await createTracer(machine, state);
  const seen: string[] = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ name }) => name)));
  observer.observe({ entryTypes: ['mark'] });
  await tracer.trace(pixels.slice(0, SIDE * SIDE * 4));
  await expect.poll(() => seen).toEqual(['urgent work begins', 'urgent work ends']);
  observer.disconnect();
  expect(performance.getEntriesByType('mark').filter(({ name }) => name.startsWith('urgent'))).toEqual([]);
});

test('weights are carried to a map that is computed before queued steps, without waiting for them', async () => {
  const machine = await testCpu('cpu-simd');
  const [trains, looks] = [await stateOn(machine), await stateOn(machine)];
  const train = await machine.compile(trainingProgram(trains, BATCH));
  const tracer = await createTracer(machine, looks);
  const own = pixels.slice(0, SIDE * SIDE * 4);
  const blank = await tracer.trace(own);
  const before = await trains.trained.readValues();
  const done: string[] = [];
  const step = stepValues(0, BATCH, { number: 0, ...rates });
  const steps = [0, 1].map(() => train.run({ step, inputs: { pixels, labels }, read: [] }).then(() => done.push('step')));
  const now = await trains.trained.readValues('now');
  looks.trained.writeValues(
    now.map((value) => value + 1),
    'now',
  );
  const map = await tracer.trace(own);
  done.push('map');
  await Promise.all(steps);
  expect(done).toEqual(['map', 'step', 'step']);
  expect(now).toEqual(before);
  expect(map.logits).not.toEqual(blank.logits);
  expect(await trains.trained.readValues()).not.toEqual(before);
});

test('a profile has every operation of the record, with its time and its multiply-accumulates, and leaves the bits of a forward', async () => {
  const machine = await testCpu('cpu-simd', 2);
  const state = await stateOn(machine);
  const recorder = new Recorder();
  trainingProgram(state, 1).record(recorder, 1);
  const recorded = recorder.finish().operations;
  const train = await machine.compile(trainingProgram(state, BATCH));
  const times = await train.profile({ step: stepValues(0, BATCH, { number: 0, ...rates }), inputs: { pixels, labels } });
  const found = times.map(({ kind, label }) => `${kind} ${label}`);
  expect(found).toEqual([...recorded.map(({ definition, label }) => `${definition.kind} ${label}`), 'adamw AdamW']);
  expect(times.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
  expect(times.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeGreaterThan(0);
  // All groups have the same size, so the last may have places for more pictures than there are.
  const pictures = new Set(recorded.flatMap((operation, index) => (times[index]?.macs ?? 0) / macsOfOne(operation) || []));
  expect(pictures.size).toBe(1);
  expect([...pictures][0]).toBeGreaterThanOrEqual(BATCH);

  const look = await machine.compile(evaluationProgram(state, BATCH));
  const step = { seed: 0, number: 0, images: BATCH };
  const before = await look.run({ step, inputs: { pixels }, read: ['logits'] });
  expect((await look.profile({ step, inputs: { pixels } })).map(({ kind }) => kind)).toContain('attention');
  expect(await look.run({ step, inputs: { pixels }, read: ['logits'] })).toEqual(before);
});

test('weights that are written between two steps are used from the second on', async () => {
  const machine = await testCpu('cpu-simd', 2);
  const state = await stateOn(machine);
  const plan = await machine.compile(evaluationProgram(state, 2));
  const run = () =>
    plan.run({ step: { seed: 0, number: 0, images: 2 }, inputs: { pixels: pixels.slice(0, 8192) }, read: ['logits'] });
  const before = run();
  state.trained.writeValues(new Float32Array(state.trained.layout.length));
  const [[first], [second]] = await Promise.all([before, run()]);
  expect(new Float32Array(first ?? new ArrayBuffer(0)).some((value) => value !== 0)).toBe(true);
  expect(new Float32Array(second ?? new ArrayBuffer(4)).every((value) => value === 0)).toBe(true);
});

test('a member that fails ends the machine, with its message', async () => {
  const machine = await testCpu('cpu-simd');
  const state = await stateOn(machine);
  const plan = await machine.compile(evaluationProgram(state, 1));
  const run = plan.run({ step: { seed: 0, number: 0, images: 1 }, inputs: { pixels: pixels.slice(0, 4096) }, read: ['logits'] });
  machine.destroy();
  await expect(run).rejects.toThrow('the CPU machine was stopped');
  expect((await machine.lost).code).toBe('cancelled');
});
