import { describe, expect, it } from 'vitest';
import { colourDataset } from '../../testing/mean-pixel-network.js';
import { asKnownBy, matchClasses } from './match-classes.js';

const options = { data: 'pets', model: 'weights', remedy: 'map them' };
const match = (classes: readonly string[], known: readonly string[], asked?: Readonly<Record<string, string | null>>) =>
  matchClasses(classes, known, { ...options, ...(asked ? { asked } : {}) });

describe('classes are matched by name', () => {
  it.each<[string, string[], string[], number[]]>([
    ['the same', ['bird', 'cat'], ['bird', 'cat'], [0, 1]],
    ['in another order', ['bird', 'cat', 'dog'], ['dog', 'bird', 'cat'], [1, 2, 0]],
    ['some of them', ['cat', 'dog'], ['bird', 'cat', 'dog'], [1, 2]],
  ])('%s', (_, classes, known, labels) => {
    expect(match(classes, known)).toEqual({ labels, notes: [] });
  });

  it('regardless of case and Unicode form, with a note', () => {
    const { labels, notes } = match(['Cat', 'Dog', 'a\u0308ffchen'], ['\u00e4ffchen', 'cat', 'dog']);
    expect(labels).toEqual([1, 2, 0]);
    expect(notes).toEqual([
      "pets: its class 'Cat' is taken for 'cat'",
      "pets: its class 'Dog' is taken for 'dog'",
      "pets: its class 'a\u0308ffchen' is taken for '\u00e4ffchen'",
    ]);
    // If two names differ by case alone, an exact match counts.
    expect(match(['cat', 'Cat'], ['Cat', 'cat'])).toEqual({ labels: [1, 0], notes: [] });
    expect(() => match(['CAT', 'dog'], ['Cat', 'cat', 'dog'])).toThrow(/CAT is unknown to weights/);
  });

  it('and never by their order: a class that is not found is refused, with both lists', () => {
    expect(() => match(['horse', 'dog'], ['cat', 'dog'])).toThrow(
      'pets: has 2 classes, horse, dog, of which horse is unknown to weights, which tells apart 2 classes: cat, dog; map them',
    );
    const many = Array.from({ length: 200 }, (_, i) => `kind ${i}`);
    expect(() => match(many, ['cat', 'dog'])).toThrow(/kind 11 and 188 more, of which .* map them$/);
  });

  it('or by a mapping that is given', () => {
    expect(match(['horse', 'dog', 'fish'], ['cat', 'dog'], { horse: 'cat', fish: null })).toEqual({
      labels: [0, 1, null],
      notes: [],
    });
    expect(match(['puppy', 'dog'], ['cat', 'dog'], { puppy: 'dog' }).labels).toEqual([1, 1]);
    expect(() => match(['a', 'b'], ['a', 'b'], { c: 'a' })).toThrow("pets: has no class 'c' to map; its classes are a, b");
    expect(() => match(['a', 'b'], ['a', 'b'], { a: 'c' })).toThrow("weights: has no class 'c' to map");
    expect(() => match(['x', 'y'], ['a', 'b'], { x: 'a' })).toThrow(/of which y is unknown/);
  });

  it('outputs without names are taken in order if their number is the same, with a note', () => {
    expect(match(['cat', 'dog'], ['class 0', 'class 1'])).toEqual({
      labels: [0, 1],
      notes: ["weights: names no classes, so its outputs are taken in the order of pets's: cat, dog"],
    });
    expect(match(['class 1', 'class 0'], ['class 0', 'class 1'])).toEqual({ labels: [1, 0], notes: [] });
    expect(match(['cat', 'dog'], ['class 0', 'class 1'], { cat: 'class 1', dog: 'class 0' }).labels).toEqual([1, 0]);
    expect(() => match(['cat'], ['class 0', 'class 1'])).toThrow(/tells apart 2 classes without names/);
  });
});

it('a data set is labelled with the model’s classes, without the pictures of excluded classes', async () => {
  const dataset = colourDataset({ train: 3, validation: 3, test: 0 });
  const seen = asKnownBy(dataset, ['x', 'y', 'z', 'w'], { labels: [2, null, 0] });
  expect(seen.classes).toHaveLength(4);
  expect(seen.parts).toEqual({ train: [0, 2], validation: [3, 5], test: [] });
  expect([0, 2, 3, 5].map((index) => seen.label(index))).toEqual([2, 0, 2, 0]);
  expect(await seen.pixels(2, 4)).toEqual(await dataset.pixels(2, 4));
});
