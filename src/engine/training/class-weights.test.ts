import { expect, it } from 'vitest';
import { balancedWeights } from './class-weights.js';

it('each class has the same total weight, and the mean weight of a picture is 1', () => {
  // scikit-learn's compute_class_weight('balanced') on the same labels: 8/6, 8/9, 8/9.
  const labels = [0, 0, 1, 1, 1, 2, 2, 2];
  const weights = balancedWeights(labels, 3);
  [8 / 6, 8 / 9, 8 / 9].forEach((expected, label) => expect(weights[label]).toBeCloseTo(expected, 12));
  expect(labels.reduce((sum, label) => sum + weights[label]!, 0)).toBeCloseTo(labels.length, 12);
});

it('weights are 1 where classes have equally many pictures; a class without pictures changes nothing', () => {
  expect([...balancedWeights([0, 2, 2, 0], 3)]).toEqual([1, 0, 1]);
});
