import { describe, expect, it } from 'vitest';
import { closeness, expectClose } from './closeness.js';

describe('closeness', () => {
  it('is the L2 norm of the difference over the norm of the expected numbers', () => {
    expect(closeness([3, 4.5], [3, 4])).toEqual({ error: 0.1, worst: 1 });
    expect(closeness([0.25, 0], [0, 0]).error).toBe(0.25);
    expect(closeness([1, NaN], [1, 2]).error).toBe(Infinity);
  });

  it('prints the largest difference and the first few', () => {
    expect(() => expectClose('x', [1, 2.1, 3, 4.4], [1, 2, 3, 4], 1e-3)).toThrow(
      /x: relative L2 error 7\.53e-2, bound 0\.001; worst:\n {2}\[3\] 4\.4 instead of 4\nfirst:\n {2}\[1\] 2\.1 instead of 2/,
    );
    expect(() => expectClose('x', [1], [1, 2], 1)).toThrow('x: has 1 numbers, expected 2');
    expectClose('x', [1.0001, 2], [1, 2], 1e-3);
  });
});
