import { expect, test } from 'vitest';
import { besideRow } from './roving.js';

/** Two rows of three items and a third row of one. */
const GRID = [0, 0, 0, 1, 1, 1, 2].map((row, index) => ({ x: (index % 3) * 40, y: row * 40 }));

test('up and down lead to the closest item of the next row', () => {
  expect(besideRow(GRID, 1, 1)).toBe(4);
  expect(besideRow(GRID, 4, -1)).toBe(1);
  // The last row has one item only: it is reached from every column, and left for the one above it.
  expect(besideRow(GRID, 5, 1)).toBe(6);
  expect(besideRow(GRID, 6, -1)).toBe(3);
});

test('there is nothing above the first row or below the last', () => {
  expect(besideRow(GRID, 2, -1)).toBeNull();
  expect(besideRow(GRID, 6, 1)).toBeNull();
  expect(besideRow([], 0, 1)).toBeNull();
});

test('items of one row may differ by a fraction of a pixel', () => {
  const uneven = GRID.map(({ x, y }, index) => ({ x, y: y + (index % 2) * 0.4 }));
  expect(besideRow(uneven, 0, 1)).toBe(3);
});
