import { describe, expect, it } from 'vitest';
import {
  deviation,
  disagreement,
  mcNemar,
  meanInterval,
  pairedDifference,
  proportionInterval,
  studentQuantile,
} from './intervals.js';
import { balancedAccuracy, chanceAccuracy, isUnbalanced, macroF1 } from './scores.js';

// Expected numbers: SciPy 1.x (stats.t.ppf, binomtest, proportion_ci(method='wilson')) and scikit-learn, in float64.
describe('intervals', () => {
  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [5, 2.5705818356363146],
    [11, 2.200985160091639],
    [23, 2.0686576104190486],
    [100, 1.9839715185235518],
  ])("Student's quantile with %i degrees of freedom", (degrees, expected) => {
    expect(studentQuantile(degrees)).toBeCloseTo(expected, 9);
  });

  it.each([
    [0, 10, 0, 0.27753279986288926],
    [5, 10, 0.236593090512564, 0.7634069094874361],
    [521, 1000, 0.49001642660541755, 0.551822849538189],
    [1000, 1000, 0.9961732415144449, 1],
    [3, 7, 0.1582198552514697, 0.7495416354723428],
  ])('Wilson: %i of %i', (successes, trials, low, high) => {
    const interval = proportionInterval(successes, trials);
    expect(interval.value).toBe(successes / trials);
    expect(interval.low).toBeCloseTo(low, 10);
    expect(interval.high).toBeCloseTo(high, 10);
  });

  it('of means over seeds, by t; a single value has none', () => {
    const first = [0.524, 0.531, 0.519, 0.54, 0.528];
    const second = [0.517, 0.529, 0.522, 0.53, 0.52];
    const interval = meanInterval(first.map((value, index) => value - (second[index] ?? 0)));
    expect(interval?.value).toBeCloseTo(0.0048, 12);
    expect(interval?.low).toBeCloseTo(-0.001734975647916327, 10);
    expect(interval?.high).toBeCloseTo(0.011334975647916336, 10);
    expect(meanInterval([0.5])).toBeNull();
    expect(deviation([0.5])).toBe(0);
  });

  it.each([
    [0, 1, 1],
    [3, 9, 0.14599609375],
    [10, 10, 1],
    [40, 70, 0.005447429511444476],
    [510, 430, 0.00993776742814689],
    [0, 0, 1],
  ])('McNemar: only the first right %i times, only the second %i times', (onlyFirst, onlySecond, expected) => {
    expect(mcNemar({ onlyFirst, onlySecond, pictures: 1000 })).toBeCloseTo(expected, 10);
    expect(mcNemar({ onlyFirst: onlySecond, onlySecond: onlyFirst, pictures: 1000 })).toBeCloseTo(expected, 10);
  });

  it('of paired accuracies: only pictures on which exactly one was right count', () => {
    const pairs = disagreement([true, true, false, true], [true, false, true, false]);
    expect(pairs).toEqual({ onlyFirst: 2, onlySecond: 1, pictures: 4 });
    // Bernoulli differences of +1, -1, 0: mean and (population) standard error by hand.
    const differences = [0, 1, -1, 1];
    const mean = 0.25;
    const error = Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4 / 4);
    expect(pairedDifference(pairs).value).toBe(mean);
    expect(pairedDifference(pairs).high).toBeCloseTo(mean + 1.959963984540054 * error, 10);
    expect(() => disagreement([true], [])).toThrow('1 pictures of the one, 0 of the other');
  });
});

describe('scores of unbalanced classes', () => {
  const confusion = [
    [50, 3, 2],
    [10, 20, 5],
    [0, 1, 4],
  ];

  it('balanced accuracy and macro F1', () => {
    expect(balancedAccuracy(confusion)).toBeCloseTo(0.7601731601731601, 12);
    expect(macroF1(confusion)).toBeCloseTo(0.6825104396954065, 12);
  });

  it('leave out a class without pictures', () => {
    const wider = [...confusion.map((row) => [...row, 0]), [0, 0, 0, 0]];
    expect(balancedAccuracy(wider)).toBe(balancedAccuracy(confusion));
    expect(macroF1(wider)).toBe(macroF1(confusion));
  });

  it('chance is the largest class; twice the smallest is unbalanced', () => {
    expect(chanceAccuracy(confusion)).toBeCloseTo(55 / 95, 12);
    expect(isUnbalanced(confusion)).toBe(true);
    expect(
      isUnbalanced([
        [3, 1],
        [2, 2],
      ]),
    ).toBe(false);
  });
});
