import { expect } from 'vitest';

const SHOWN = 5;

export interface Closeness {
  /** ||actual - expected|| / ||expected||, or the plain norm of the difference where everything expected is zero. */
  readonly error: number;
  /** Index of the largest absolute difference. */
  readonly worst: number;
}

/** Relative L2 error of two arrays of one length. Anything not finite in `actual` makes the error infinite. */
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
 * Fails where the relative L2 error is above `bound`, and prints the worst element and the first few that are off. Say at the
 * call why the bound is what it is.
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
