import { expect, it } from 'vitest';
import { toFloat32 } from '../containers/numbers.js';
import { packHalves, roundToHalves, toHalf } from './half.js';

it('gives back every half', () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  const values = toFloat32(new Uint8Array(all.buffer), 'F16', 'all');
  const wrong = [...all].filter((bits, i) => toHalf(values[i]!) !== bits && !Number.isNaN(values[i]!));
  expect(wrong).toEqual([]);
  expect(toHalf(NaN) & 0x7fff).toBeGreaterThan(0x7c00);
});

// By hand from IEEE 754: 10 places of fraction, the smallest half 2^-24, the largest 65504; ties go to the even one.
it.each([
  ['a third is 0x3555', 1 / 3, 0x3555],
  ['a tie goes down to the even', 1 + 2 ** -11, 0x3c00],
  ['a tie goes up to the even', 1 + 3 * 2 ** -11, 0x3c02],
  ['above a tie goes up', 1 + 2 ** -11 + 2 ** -20, 0x3c01],
  ['a carry into the exponent', 2 - 2 ** -12, 0x4000],
  ['just below the tie at the end', 65519.99, 0x7bff],
  ['the tie at the end', 65520, 0x7c00],
  ['minus infinity', -1e30, 0xfc00],
  ['the smallest', 2 ** -24, 1],
  ['a tie at the smallest', 2 ** -25, 0],
  ['above it', 2 ** -25 * (1 + 2 ** -20), 1],
  ['a carry out of the subnormals', 2 ** -14 - 2 ** -26, 0x0400],
  ['minus zero', -0, 0x8000],
])('%s', (_, value, bits) => expect(toHalf(Math.fround(value))).toBe(bits));

it('rounds float32 to what the packed halves hold, at both ends of what they can', () => {
  const random = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i) * 10 ** ((i % 13) - 9));
  const values = Float32Array.from([...random, 0, -0, 1, 2 ** -14, 2 ** -25, -(2 ** -24), 65_519, 65_520, -1e9, 1 / 3]);
  const packed = packHalves(values);
  const unpacked = toFloat32(new Uint8Array(packed.buffer), 'F16', 'packed').slice(0, values.length);
  expect(roundToHalves(values)).toEqual(unpacked);
  // An odd one out has a zero beside it.
  expect([...packHalves(Float32Array.of(1, 2, 1))]).toEqual([0x4000_3c00, 0x3c00]);
});
