import { expect, test } from 'vitest';
import { tellingEnd } from './telling-end.js';

test('names that differ only at their end keep it', () => {
  expect(tellingEnd('field photographs of 2024, split 1', ['field photographs of 2024, split 2'])).toBe(8);
});

test('names that differ before a common end keep all from there', () => {
  const [july, august] = ['photographs of july, 96 pixels, all.zip', 'photographs of august, 96 pixels, all.zip'];
  const end = tellingEnd(july, [august, july]);
  expect(july.slice(-end)).toBe('july, 96 pixels, all.zip'.slice(1 + 'ul'.length));
  expect(july.slice(-end)).not.toBe(august.slice(-end));
});

test('names that differ at their beginning need no more of their end', () => {
  expect(tellingEnd('cats and their long common end.zip', ['dogs and their long common end.zip'])).toBe(8);
});

test('a name that is the end of another is told from it', () => {
  const [short, long] = ['mine mine pictures.zip', 'mine mine mine pictures.zip'];
  expect(long.slice(-tellingEnd(long, [short]))).not.toBe(short.slice(-tellingEnd(short, [long])));
});
