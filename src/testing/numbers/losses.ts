import { expect } from 'vitest';

/** Expects losses within 1 % of others: their mean, and each relative to the first loss. */
export function expectLossesAgree(found: readonly number[], expected: readonly number[]): void {
  expect(found).not.toEqual(expected);
  // The loss falls: losses that stood still would agree as well.
  expect(expected.at(-1)).toBeLessThan(0.5 * expected[0]!);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(Math.abs(mean(found) / mean(expected) - 1)).toBeLessThan(0.01);
  for (const [step, loss] of found.entries())
    expect(Math.abs(loss - expected[step]!), `step ${step}`).toBeLessThan(0.01 * expected[0]!);
}
