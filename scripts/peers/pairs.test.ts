import { describe, expect, it } from 'vitest';
import { ratiosOf, rowLine, spreadOf } from './pairs.js';

describe('pairs of measurements', () => {
  it('take turns, and each gives the second time over the first', async () => {
    let clock = 0;
    const order: string[] = [];
    const side = (name: string, times: readonly number[]) => {
      let runs = 0;
      return {
        run: async () => {
          order.push(name);
          clock += times[runs++] ?? 0;
        },
      };
    };
    // The first time of each warms up.
    const ratios = await ratiosOf(side('a', [900, 10, 20, 40]), side('b', [900, 30, 30, 20]), {
      ...{ seconds: 0, leastPairs: 3, now: () => clock },
      rest: async () => {
        clock += 1000;
      },
    });
    expect(ratios).toEqual([3, 1.5, 0.5]);
    expect(order.join('')).toBe('abab' + 'ba' + 'ab');
  });

  it('go on until the time is over', async () => {
    let clock = 0;
    const tick = { run: async () => void (clock += 100) };
    const ratios = await ratiosOf(tick, tick, { seconds: 1, leastPairs: 1, now: () => clock, rest: async () => {} });
    expect(ratios).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('the spread of ratios', () => {
  it('is the median and the quartiles, between neighbours where they fall there', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ lower: 1.5, median: 2, upper: 2.5, pairs: 3 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25, pairs: 4 });
    expect(spreadOf([7])).toEqual({ lower: 7, median: 7, upper: 7, pairs: 1 });
  });

  it('is a line of the table', () => {
    const spread = spreadOf([1, 2, 3]);
    expect(rowLine({ model: 'ViT-S/16', host: 'Node', build: 'cpu-simd', what: 'over a peer', spread })).toBe(
      '| ViT-S/16 | Node | cpu-simd | over a peer | 2.00 | 1.50 to 2.50 | 3 |',
    );
  });
});
