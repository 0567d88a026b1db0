import { expect, test } from 'vitest';
import { expectClose } from '../../testing/closeness.js';
import { Fixtures } from '../../testing/fixtures.js';
import { Bench, asIndices, testGpu } from '../../testing/gpu.js';
import { crossEntropy } from '../reference/crossEntropy.js';
import { recordCrossEntropy } from './loss.js';
import { recordAdamW } from './optimizer.js';

test.each([
  [1, 2, 1],
  [5, 7, 5],
  [65, 102, 65],
  [8, 3, 5],
])('cross-entropy, B %i, K %i, %i images', async (batch, classes, images) => {
  const random = new Fixtures(batch);
  const bench = new Bench(await testGpu());
  const logits = random.normal(batch * classes, 3);
  const labels = Uint32Array.from(random.integers(batch, 0, classes - 1));
  const dlogits = bench.output('dlogits', batch * classes);
  const result = bench.output('result', 2);
  const health = bench.indices('health', [0, 0, 0, 0]);
  recordCrossEntropy(bench.plan, {
    label: 'loss',
    logits: bench.input('logits', logits),
    labels: bench.indices('labels', labels),
    scale: 1,
    dlogits,
    result,
    health,
    batch,
    classes,
  });
  const [gradient, summary] = await bench.run([dlogits, result], { images });
  const expected = crossEntropy(logits.slice(0, images * classes), Int32Array.from(labels.slice(0, images)), {
    batch: images,
    classes,
  });
  // One exponential and one logarithm in float32.
  expectClose('dlogits', gradient?.slice(0, images * classes) ?? [], expected.dlogits, 2e-6);
  expectClose('loss', [summary?.[0] ?? NaN], [expected.loss], 2e-6);
  expect(summary?.[1]).toBe(expected.correct);
  expect(gradient?.slice(images * classes).every((value) => value === 0)).toBe(true);
});

async function step(gradient: number[], unhealthy: number): Promise<{ weight: Float32Array; health: number }> {
  const gpu = await testGpu();
  const bench = new Bench(gpu);
  const weight = bench.input('weight', [1, 2, 3, 4]);
  const out = { weight, health: bench.indices('health', [unhealthy, 0, 0, 0]) };
  recordAdamW(bench.plan, {
    label: 'AdamW',
    ...out,
    gradient: bench.input('gradient', gradient),
    first: bench.input('first', [0, 0, 0, 0]),
    second: bench.input('second', [0, 0, 0, 0]),
    groups: bench.indices('groups', [0]),
    length: 4,
  });
  const [values, health] = await bench.run([out.weight, out.health]);
  return { weight: values ?? new Float32Array(), health: asIndices(health ?? new Float32Array(1))[0] ?? 0 };
}

test('a gradient that is not finite is seen, and leaves every weight alone', async () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const { weight, health } = await step([0, 0, bad, 0], 0);
    expect(health).toBe(1);
    expect([...weight]).toEqual([1, 2, 3, 4]);
  }
  expect((await step([0, 0, 1, 0], 0)).health).toBe(0);
  expect([...(await step([1, 1, 1, 1], 1)).weight]).toEqual([1, 2, 3, 4]);
});
