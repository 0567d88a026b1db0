import { expect, it } from 'vitest';
import { sketchRun } from '../../testing/page/run-records.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import { curveColumns, curveRange, curveStyles, epochsShown, thinned } from './curves.js';

const withEpochs = (id: string, accuracies: readonly number[], method: 'tome' | 'pyra' = 'pyra'): RunRecord => ({
  ...sketchRun({ accuracy: 0.5, configuration: { method, epochs: 10 } }),
  id,
  epochs: accuracies.map((accuracy, index) => ({
    epoch: index + 1,
    trainLoss: 1 - accuracy,
    trainAccuracy: accuracy,
    validationLoss: 2 - accuracy,
    validationAccuracy: index % 2 === 0 ? accuracy / 2 : null,
    learningRate: 1e-3,
    imagesPerSecond: 1,
    seconds: 1,
  })),
});

it('overlay runs of any length, with the batches of the training run', () => {
  const steps = { runId: 'a', epochs: [0.5, 1], values: [0.1, 0.2] };
  expect(curveColumns([withEpochs('a', [0.4]), withEpochs('b', [0.6, 0.8])], steps, 'accuracy')).toEqual([
    [0.5, 1, 2],
    [0.1, 0.2, null],
    [null, 0.4, null],
    [null, 0.2, null],
    [null, 0.6, 0.8],
    [null, 0.3, null],
  ]);
});

it('have an axis that fits the values, magnifies no small difference, and contains a run of one epoch', () => {
  const [low, high] = curveRange(
    [
      [1, 2],
      [null, null],
      [0.7, 0.9],
    ],
    'accuracy',
  );
  expect(low).toBeCloseTo(0.7 - 0.012, 9);
  expect(high).toBeCloseTo(0.9 + 0.012, 9);
  const one = curveRange([[1], [0.98]], 'accuracy');
  expect(one[0]).toBeCloseTo(0.955, 9);
  expect(one[1]).toBe(1);
  expect(curveRange([[], []], 'loss')).toEqual([0, 1]);
  expect(curveRange([[1], [Number.NaN]], 'loss')).toEqual([0, 1]);
});

it('show the epochs that were run, and all epochs of the training run', () => {
  const runs = [withEpochs('a', [0.1]), withEpochs('b', [0.1, 0.2])];
  expect(epochsShown(runs, null)).toBe(2);
  expect(epochsShown(runs, 'a')).toBe(10);
  expect(epochsShown([], null)).toBe(1);
});

it('have one colour for each method, and different dashes for its runs', () => {
  const [first, second, other] = curveStyles([withEpochs('a', []), withEpochs('b', []), withEpochs('c', [], 'tome')]);
  expect(first?.method).toBe(second?.method);
  expect(first?.dash).not.toEqual(second?.dash);
  expect(other?.dash).toEqual(first?.dash);
});

it('are thinned evenly when long, and keep their end', () => {
  expect(thinned(3)).toEqual([0, 1, 2]);
  const long = thinned(10_000);
  expect(long.length).toBeLessThanOrEqual(1500);
  expect(long.at(-1)).toBe(9999);
});
