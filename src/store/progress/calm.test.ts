import { expect, it } from 'vitest';
import { calm } from './calm.js';
import type { Progress } from './progress.js';

const progress: Progress = {
  run: 'a',
  name: 'PYRA high, seed 0',
  phase: 'running',
  epoch: 3,
  epochs: 20,
  part: 0.12,
  secondsLeft: 40,
  sweepRun: null,
  sweepRuns: 0,
  sweepSecondsLeft: null,
};

it('never goes back within a run', () => {
  const back = { ...progress, epoch: 2, part: 0.1, secondsLeft: null };
  expect(calm(progress, back)).toMatchObject({ epoch: 3, part: 0.12, secondsLeft: 40 });
  expect(calm(progress, { ...progress, epoch: 4, part: 0.2, secondsLeft: 30 })).toMatchObject({
    epoch: 4,
    part: 0.2,
    secondsLeft: 30,
  });
});

it('begins anew with another run, or the same one with more epochs', () => {
  const other = { ...progress, run: 'b', epoch: 1, part: 0 };
  expect(calm(progress, other)).toBe(other);
  const longer = { ...progress, epochs: 40, part: 0.06 };
  expect(calm(progress, longer)).toBe(longer);
  expect(calm(progress, null)).toBeNull();
  expect(calm(null, progress)).toBe(progress);
});

it('says a longer time only where it is longer for good', () => {
  expect(calm(progress, { ...progress, secondsLeft: 44 })?.secondsLeft).toBe(40);
  expect(calm(progress, { ...progress, secondsLeft: 80 })?.secondsLeft).toBe(80);
});
