import { expect } from 'vitest';

const SHOWN = 5;

export interface Closeness {
  /** ||actual - expected|| / ||expected||, or the norm of the difference if everything expected is zero. */
  readonly error: number;
  /** Index of the largest absolute difference. */
  readonly worst: number;
}

/** Relative L2 error of two arrays of the same length; infinite if `actual` has a number that is not finite. */
export function closeness(actual: ArrayLike<number>, expected: ArrayLike<number>): Closeness {
  let difference = 0;
  let norm = 0;
  let worst = 0;
  let largest = -1;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i]! - expected[i]!);
    if (!Number.isFinite(distance)) return { error: Infinity, worst: i };
    difference += distance ** 2;
    norm += expected[i]! ** 2;
    if (distance > largest) {
      largest = distance;
      worst = i;
    }
  }
  return { error: norm > 0 ? Math.sqrt(difference / norm) : Math.sqrt(difference), worst };
}

/**
 * Fails if the relative L2 error exceeds `bound`, and prints the worst element and the first few that differ. Say at the call why the
 * bound has its value.
 */
export function expectClose(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  if (actual.length !== expected.length) {
    expect.fail(`${name}: has ${actual.length} numbers, expected ${expected.length}`);
  }
  const { error, worst } = closeness(actual, expected);
  if (error <= bound) return;
  const rms = Math.hypot(...Array.from(expected)) / Math.sqrt(expected.length) || 1;
  const off: number[] = [];
  for (let i = 0; i < expected.length && off.length < SHOWN; i++) {
    if (!(Math.abs(actual[i]! - expected[i]!) <= bound * rms)) off.push(i);
  }
  const line = (i: number): string => `  [${i}] ${actual[i]!} instead of ${expected[i]!}`;
  expect.fail(
    [
      `${name}: relative L2 error ${error.toExponential(2)}, bound ${bound}; worst:`,
      line(worst),
      'first:',
      ...off.map(line),
    ].join('\n'),
  );
}
