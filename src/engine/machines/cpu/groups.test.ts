import { expect, test } from 'vitest';
import { filled } from './groups.js';

test('of the groups that are large enough the one that leaves no place empty is taken', () => {
  expect(filled(32, 7)).toBe(8);
  expect(filled(16, 3)).toBe(4);
  expect(filled(24, 5)).toBe(6);
});

test('a larger group has to leave fewer places empty, and at least four groups', () => {
  expect(filled(32, 4)).toBe(4);
  expect(filled(31, 7)).toBe(7);
  expect(filled(8, 2)).toBe(2);
  expect(filled(10, 3)).toBe(3);
});

test('a batch that is smaller than a group is one group', () => {
  expect(filled(3, 5)).toBe(3);
  expect(filled(1, 1)).toBe(1);
});
