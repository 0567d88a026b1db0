import { expect, test } from 'vitest';
import { groupOf } from './groups.js';

test('all pictures are one group where that fits, otherwise groups are as few and as equal as can be', () => {
  const each = (images: number): number => 10 * images;
  expect(groupOf(32, each, 320)).toBe(32);
  expect(groupOf(32, each, 319)).toBe(16);
  expect(groupOf(32, each, 110)).toBe(11);
  expect(groupOf(20, each, 70)).toBe(7);
  expect(groupOf(20, each, 65)).toBe(5);
});

test('a part that does not grow with the pictures leaves room for fewer of them', () => {
  const largest = (images: number): number => 50 + 10 * images;
  const group = groupOf(32, largest, 170);
  expect(largest(group)).toBeLessThanOrEqual(170);
  expect(group).toBeGreaterThan(8);
});

test('one picture that does not fit is a group all the same, which the compilation refuses', () => {
  expect(groupOf(8, (images) => 10 * images, 9)).toBe(1);
  expect(groupOf(1, () => 10, 9)).toBe(1);
});
