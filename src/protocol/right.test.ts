import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packRight, unpackRight } from './right.js';

it('packs the first picture into the highest bit', () => {
  expect(packRight([true, false, false, false, false, false, false, false, true])).toBe(btoa('\x80\x80'));
});

it('gives back what was packed, and nothing for another number of pictures', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (right) => {
      expect(unpackRight(packRight(right), right.length)).toEqual(right);
      expect(unpackRight(packRight(right), right.length + 8)).toBeNull();
    }),
  );
});
