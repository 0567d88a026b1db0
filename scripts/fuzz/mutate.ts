/** Mutations of a file that keep most of its structure, as damage, truncation and malice do. */
import fc from 'fast-check';

type Mutation = (bytes: Uint8Array) => Uint8Array;

/** Edge cases of lengths, offsets and counts. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff];

const at = (place: number, bytes: Uint8Array): number => Math.floor(place * bytes.length);
const place = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const splice = (bytes: Uint8Array, from: number, to: number, middle: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, from), ...middle, ...bytes.subarray(to)]);

const flip = fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(([where, value]): Mutation => (bytes) => {
  const changed = bytes.slice();
  changed[at(where, bytes)] = value;
  return changed;
});

const cut = place.map(
  (where): Mutation =>
    (bytes) =>
      bytes.slice(0, at(where, bytes)),
);

const remove = fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(
  ([where, length]): Mutation =>
    (bytes) =>
      splice(bytes, at(where, bytes), Math.min(bytes.length, at(where, bytes) + length), new Uint8Array()),
);

const repeat = fc.tuple(place, fc.integer({ min: 1, max: 64 })).map(([where, length]): Mutation => (bytes) => {
  const from = at(where, bytes);
  return splice(bytes, from, from, bytes.subarray(from, from + length));
});

const edge = fc
  .tuple(place, fc.constantFrom(...EDGES), fc.constantFrom(1, 2, 4, 8), fc.boolean())
  .map(([where, value, width, little]): Mutation => (bytes) => {
    const changed = bytes.slice();
    for (let i = 0; i < width; i++) {
      const shift = 8 * (little ? i : width - 1 - i);
      const target = at(where, bytes) + i;
      if (target < changed.length) changed[target] = shift > 31 ? 0 : (value >>> shift) & 0xff;
    }
    return changed;
  });

/** Replaces a number in text by another. */
const digits = fc
  .tuple(place, fc.constantFrom('0', '-1', '1e308', '99999999999999999999', '0.5', 'null', '[]', '{}', '"x"'))
  .map(([where, value]): Mutation => (bytes) => {
    const from = bytes.findIndex((byte, index) => index >= at(where, bytes) && byte >= 0x30 && byte <= 0x39);
    if (from < 0) return bytes;
    let to = from;
    while (to < bytes.length && (bytes[to] ?? 0) >= 0x30 && (bytes[to] ?? 0) <= 0x39) to++;
    return splice(bytes, from, to, new TextEncoder().encode(value));
  });

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(fc.oneof(flip, flip, edge, digits, cut, remove, repeat), {
  minLength: 1,
  maxLength: 5,
});

export const mutated = (seed: Uint8Array, steps: readonly Mutation[]): Uint8Array =>
  steps.reduce((bytes, step) => step(bytes), seed);
