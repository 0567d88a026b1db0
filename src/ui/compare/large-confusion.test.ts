import { expect, it } from 'vitest';
import { mostConfused } from './LargeConfusion.js';

it('lists the most frequent mistakes first, without right predictions and without pairs that never occurred', () => {
  const confusion = [
    [90, 3, 0],
    [7, 80, 5],
    [0, 1, 99],
  ];
  expect(mostConfused(confusion, 3)).toEqual([
    { truth: 1, predicted: 0, pictures: 7 },
    { truth: 1, predicted: 2, pictures: 5 },
    { truth: 0, predicted: 1, pictures: 3 },
  ]);
  expect(mostConfused(confusion, 99).length).toBe(4);
});
