import { expect, it } from 'vitest';
import { readSearch } from './dawn.js';

it('reads how long kernels are measured, and refuses what is no time', () => {
  expect([undefined, '', '0', '2.5', 'full'].map((text) => readSearch(text))).toEqual([
    undefined,
    undefined,
    0,
    2500,
    Number.POSITIVE_INFINITY,
  ]);
  for (const text of ['-1', 'long', 'Infinity']) expect(() => readSearch(text)).toThrow(`PYRA_TUNE is '${text}'`);
});
