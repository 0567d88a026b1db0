import { expect, test } from 'vitest';
import { Random } from './random.js';

test('the same keys give the same sequence, other keys another', () => {
  const draw = (...keys: (number | string)[]): number[] => {
    const random = new Random(...keys);
    return Array.from({ length: 4 }, () => random.unit());
  };
  expect(draw('a', 1)).toEqual(draw('a', 1));
  for (const keys of [['a', 2], ['b', 1], [1, 'a'], ['a', 1, 0], ['a', 2 ** 32 + 1], ['a']])
    expect(draw(...keys)).not.toEqual(draw('a', 1));
});

test('is uniform over ten bins (chi-squared with 9 degrees of freedom below its 0.999 quantile, 27.9)', () => {
  for (const draw of [(random: Random) => random.unit(), (_: Random, i: number) => new Random('key', i).unit()]) {
    const random = new Random('uniform');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) counts[Math.floor(draw(random, i) * 10)]! += 1;
    expect(counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)).toBeLessThan(27.9);
  }
});

test('a shuffle keeps every element, and reaches each order of three equally often', () => {
  expect(new Random(5).shuffled([])).toEqual([]);
  const orders = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = new Random('shuffle', i).shuffled([1, 2, 3]).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect(orders.size).toBe(6);
  // 1000 each, standard deviation 29.
  for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
});
