import { expect, it } from 'vitest';
import { bytes, count, counted, duration, macs, percent, significant, small } from './format.js';

/** A number and its unit are held together by a space that does not break. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

it.each([
  [950, '950'],
  [2600, '2600'],
  [38_311, '38.3 k'],
  [999_600, '1.00 M'],
  [1_363_015, '1.36 M'],
  [86_567_656, '86.6 M'],
])('count %d is %s', (value, text) => expect(plain(count(value))).toBe(text));

it.each([
  [0.84, '0.8 s'],
  [42.3, '42 s'],
  [59.7, '1 min'],
  [80, '1 min 20 s'],
  [120, '2 min'],
  [7500, '2 h 5 min'],
  [7199, '2 h'],
  [Number.NaN, 'unknown'],
])('duration %d is %s', (value, text) => expect(plain(duration(value))).toBe(text));

it('puts units on bytes, fractions and costs', () => {
  expect(plain(bytes(182_000_000))).toBe('182 MB');
  expect(plain(bytes(1_250_000_000))).toBe('1.25 GB');
  expect(plain(percent(0.8434))).toBe('84.3 %');
  expect(plain(macs(87_140_000))).toBe('0.0871 GMACs');
  expect(plain(macs(450_000_000))).toBe('0.450 GMACs');
  expect(plain(macs(17_580_000_000))).toBe('17.6 GMACs');
});

it('counts things in the singular and in the plural', () => {
  expect(counted(1, 'picture')).toBe('1 picture');
  expect(counted(0, 'picture')).toBe('0 pictures');
  expect(counted(2, 'class', 'classes')).toBe('2 classes');
  expect(plain(counted(38_311, 'patch', 'patches'))).toBe('38.3 k patches');
});

it('keeps small numbers readable', () => {
  expect(small(0.001)).toBe('0.001');
  expect(small(0.000032)).toBe('3.2e-5');
  expect(significant(0.04567)).toBe('0.0457');
});
