import { describe, expect, it } from 'vitest';
import { ofTheFastest, pairsOf, rowLine, spreadOf } from './pairs.js';

describe('pairs of measurements', () => {
  it('take turns, and give the times of both sides', async () => {
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
    // The first run of each side is a warm-up.
    const pairs = await pairsOf(side('a', [900, 10, 20, 40]), side('b', [900, 30, 30, 20]), {
      ...{ seconds: 0, leastPairs: 3, now: () => clock },
      rest: async () => {
        clock += 1000;
      },
    });
    expect(pairs).toEqual([
      [10, 30],
      [20, 30],
      [40, 20],
    ]);
    expect(order.join('')).toBe('abab' + 'ba' + 'ab');
  });

  it('continue until the time is over', async () => {
    let clock = 0;
    const tick = { run: async () => void (clock += 100) };
    const pairs = await pairsOf(tick, tick, { seconds: 1, leastPairs: 1, now: () => clock, rest: async () => {} });
    expect(pairs).toHaveLength(5);
  });
});

it('the fastest runs need not be of one pair', () => {
  expect(
    ofTheFastest([
      [10, 60],
      [20, 25],
      [15, 50],
    ]),
  ).toBe(2.5);
});

describe('the spread of ratios', () => {
  it('has the median and the quartiles, interpolated between neighbours', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ lower: 1.5, median: 2, upper: 2.5, pairs: 3 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25, pairs: 4 });
    expect(spreadOf([7])).toEqual({ lower: 7, median: 7, upper: 7, pairs: 1 });
  });

  it.each([
    [undefined, ''],
    [{ least: 2 }, '≥ 2'],
    [{ least: 2.1 }, '≥ 2.1, missed'],
    [{ most: 1.9 }, '≤ 1.9, missed'],
  ])('is a line of the table, beside what was wanted: %j', (wanted, text) => {
    const spread = spreadOf([1, 2, 3]);
    const row = {
      model: 'ViT-S/16',
      host: 'Node',
      build: 'cpu-simd',
      what: 'over a peer',
      spread,
      wanted,
      fastest: 2.216,
      medians: [5.26, 12.6],
    } as const;
    expect(rowLine(row)).toBe(
      `| ViT-S/16 | Node | cpu-simd | over a peer | 2.00 | 1.50 to 2.50 | ${text} | 2.22 | 3 | 5.3 | 13 |`,
    );
  });
});
