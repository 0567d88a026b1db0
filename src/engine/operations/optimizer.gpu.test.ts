import { expect, test, vi } from 'vitest';
import { expectClose } from '../../testing/numbers/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench, asIndices } from '../../testing/machines/bench.js';
import { testMachine } from '../../testing/machines/gpu.js';
import { Tape } from '../plan/tape.js';
import { viewOf } from '../plan/tensor.js';
import { crossEntropy as reference } from '../reference/cross-entropy.js';
import { crossEntropy } from './loss.js';
import { adamw, GROUP_LENGTH, updateValues } from './optimizer.js';

test.each([
  [1, 2, 1],
  [5, 7, 5],
  [65, 102, 65],
  [8, 3, 5],
])('cross-entropy, B %i, K %i, %i images in it', async (images, classes, live) => {
  const random = new Fixtures(images);
  const bench = new Bench(await testMachine());
  const logits = random.normal(images * classes, 3);
  const labels = Uint32Array.from(random.integers(images, 0, classes - 1));
  const weights = images > 6 ? random.uniform(images, 0, 3) : undefined;
  const logitsTensor = bench.input('logits', logits);
  const result = bench.input('result', [0, 0]);
  crossEntropy(bench.recorder, {
    label: 'loss',
    logits: logitsTensor,
    labels: bench.indices('labels', labels),
    weights: weights && bench.input('weights', weights),
    result,
    ...{ images, classes, scale: 1 },
  });
  const tape = new Tape(bench.recorder, [logitsTensor]);
  tape.run(false);
  const values = await bench.run({ dlogits: tape.gradientOf(logitsTensor), result }, { images: live });
  const expected = reference(
    logits.slice(0, live * classes),
    Int32Array.from(labels.slice(0, live)),
    { images: live, classes },
    weights?.slice(0, live),
  );
  // The error of one exponential and one logarithm in float32.
  expectClose('dlogits', values.dlogits.slice(0, live * classes), expected.dlogits, 2e-6);
  expectClose('loss', [values.result[0] ?? NaN], [expected.loss], 2e-6);
  expect(values.result[1]).toBe(expected.correct);
  expect(values.dlogits.slice(live * classes).every((value) => value === 0)).toBe(true);
});

async function step(
  gradient: number[],
  unhealthy: number,
  loss = 1,
): Promise<{ weight: Float32Array; health: number | undefined }> {
  const bench = new Bench(await testMachine());
  const weight = bench.input('weight', [1, 2, 3, 4]);
  const health = bench.indices('health', [unhealthy, 0, 0, 0]);
  adamw(bench.recorder, {
    label: 'AdamW',
    result: bench.input('result', [loss, 0]),
    gradient: bench.input('gradient', gradient),
    groups: bench.indices('groups', [0]),
    health,
    weight,
    firstMoment: bench.input('first moment', [0, 0, 0, 0]),
    secondMoment: bench.input('second moment', [0, 0, 0, 0]),
  });
  const update = { corrections: [0.1, 0.001], rates: [0.5, 0.5], decay: 0 } as const;
  const values = await bench.run({ weight, health }, { update });
  return { weight: values.weight, health: asIndices(values.health)[0] };
}

test('a loss or a gradient that is not finite is reported, and changes no weight', async () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (const seen of [await step([0, 0, bad, 0], 0), await step([1, 1, 1, 1], 0, bad)]) {
      expect(seen.health).toBe(1);
      expect([...seen.weight]).toEqual([1, 2, 3, 4]);
    }
  }
  const healthy = await step([0, 0, 1, 0], 0);
  expect(healthy.health).toBe(0);
  // In the first step the bias corrections cancel the factors 1 - beta, up to their rounding in float32.
  expect(healthy.weight[2]).toBeCloseTo(2.5, 4);
  expect([...(await step([1, 1, 1, 1], 1)).weight]).toEqual([1, 2, 3, 4]);
});

test('weights that no binding holds are updated in parts, to the same bits', async () => {
  const machine = await testMachine();
  const length = 10_000;
  const random = new Fixtures(4);
  const [weight, gradient] = [[...random.normal(length)], [...random.normal(length)]];
  const groups = Uint32Array.from(random.integers(Math.ceil(length / GROUP_LENGTH), 0, 3));
  const updated = async () => {
    const flat = (label: string, data: number[] | Uint32Array<ArrayBuffer>) =>
      machine.storage({
        ...{ label, role: 'state', length: data.length },
        ...(Array.isArray(data) ? { type: 'f32', data: Float32Array.from(data) } : { type: 'u32', data }),
      });
    const zeros = Array<number>(length).fill(0);
    const storages = {
      ...{ weight: flat('weight', weight), firstMoment: flat('m', zeros), secondMoment: flat('v', zeros) },
      ...{ gradient: flat('gradient', gradient), groups: flat('groups', groups), result: flat('result', [1, 0]) },
      health: flat('health', new Uint32Array(4)),
    };
    const { weight: w, firstMoment: m, secondMoment: v, gradient: g, groups: each, result, health } = storages;
    const views = { weight: viewOf(w), firstMoment: viewOf(m), secondMoment: viewOf(v), gradient: viewOf(g) };
    const rest = { groups: viewOf(each), result: viewOf(result), health: viewOf(health) };
    const plan = await machine.compile({
      ...{ label: 'update', images: 1 },
      record: () => undefined,
      update: (recorder) => adamw(recorder, { label: 'AdamW', ...views, ...rest }),
    });
    const update = updateValues({ number: 0, learningRate: 0.1, pyraLearningRate: 0.01, weightDecay: 0.1 });
    const words = await plan.run({ step: { seed: 0, number: 0, images: 1, update }, inputs: {}, read: [w, m, v] });
    const dispatches = plan.handed?.dispatches;
    plan.destroy();
    for (const storage of Object.values(storages)) storage.release();
    return { words: words.map((buffer) => [...new Uint32Array(buffer)]), dispatches };
  };
  const whole = await updated();
  const limits = vi.spyOn(machine.gpu, 'limits', 'get');
  limits.mockReturnValue({ maxBufferSize: 2 ** 20, maxStorageBufferBindingSize: 2 ** 14 });
  const parts = await updated();
  limits.mockRestore();
  expect([whole.dispatches, parts.dispatches]).toEqual([2, 2 * 3]);
  expect(parts.words).toEqual(whole.words);
});
