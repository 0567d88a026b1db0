import { expect, it } from 'vitest';
import { dodged } from './dodge.js';

const WIDE = [-1000, 1000] as const;

it('does not move places that are far enough apart', () => {
  expect(dodged([0, 10, 25], 10, WIDE)).toEqual([0, 10, 25]);
  expect(dodged([], 10, WIDE)).toEqual([]);
});

it('moves equal places apart to both sides', () => {
  expect(dodged([100, 100], 10, WIDE)).toEqual([95, 105]);
  expect(dodged([100, 100, 100], 10, WIDE)).toEqual([90, 100, 110]);
  expect(dodged([100, 104], 10, WIDE)).toEqual([97, 107]);
});

it('moves a neighbour on where needed, and keeps the gap everywhere', () => {
  const places = dodged([0, 1, 2, 11, 40], 10, WIDE);
  for (let index = 1; index < places.length; index++) {
    expect((places[index] ?? 0) - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(10 - 1e-9);
  }
  expect(places.at(-1)).toBe(40);
});

it('stays between the ends', () => {
  expect(dodged([99, 100], 10, [0, 100])).toEqual([90, 100]);
  expect(dodged([0, 0], 10, [0, 100])).toEqual([0, 10]);
});
