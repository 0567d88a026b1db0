import { expect, it } from 'vitest';
import { SweepEstimate } from './sweep.js';

it('estimates times in proportion to multiply-accumulates', () => {
  const run = (macs: number, epochs = 2): { macs: number; epochs: number; pictures: number } => ({ macs, epochs, pictures: 10 });
  const estimate = new SweepEstimate([run(100), run(50), run(200), run(10, 20)]);
  expect(estimate.secondsLeft).toBeNull();
  estimate.finished(40);
  // 0.02 s for each unit, and 1000 + 4000 + 2000 units are left.
  expect(estimate.secondsLeft).toBeCloseTo(140, 10);
  estimate.skipped();
  expect(estimate.secondsLeft).toBeCloseTo(120, 10);
  estimate.finished(200);
  // 240 s for 6000 units, 2000 left.
  expect(estimate.secondsLeft).toBeCloseTo(80, 10);
  estimate.finished(80);
  expect(estimate.secondsLeft).toBe(0);
});
