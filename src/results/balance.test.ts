import { expect, it } from 'vitest';
import { balanceOf } from './balance.js';

it('compares the largest class with the smallest that has pictures', () => {
  const classes = [
    { name: 'cat', pictures: 15 },
    { name: 'dog', pictures: 120 },
    { name: 'fox', pictures: 0 },
    { name: 'owl', pictures: 65 },
  ];
  expect(balanceOf(classes)).toEqual({ largest: 'dog', smallest: 'cat', most: 120, fewest: 15, chance: 0.6, unequal: true });
  expect(balanceOf(classes.slice(1))?.unequal).toBe(false);
  expect(balanceOf([{ name: 'fox', pictures: 0 }])).toBeNull();
});
