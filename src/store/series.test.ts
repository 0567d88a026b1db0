import { expect, it } from 'vitest';
import { StepSeries } from './series.js';

const step = (index: number, loss: number) => ({
  runId: 'a',
  step: index,
  epoch: 1,
  stepsPerEpoch: 25,
  totalSteps: 1000,
  loss,
  accuracy: 0.5,
  learningRate: 1e-3,
  imagesPerSecond: 100,
  secondsLeft: 10,
});

it('keeps every step in order past its first capacity', () => {
  const series = new StepSeries('a');
  for (let index = 0; index < 1000; index++) series.append(step(index, index));
  expect(series.length).toBe(1000);
  expect([series.loss[0], series.loss[255], series.loss[256], series.loss[999]]).toEqual([0, 255, 256, 999]);
  expect(series.epochs[24]).toBe(1);
  expect(series.latest?.step).toBe(999);
});

it('smooths with a tenth of the new value', () => {
  const series = new StepSeries('a');
  series.append(step(0, 2));
  series.append(step(1, 1));
  expect(series.smoothLoss[0]).toBe(2);
  expect(series.smoothLoss[1]).toBeCloseTo(1.9, 12);
});
