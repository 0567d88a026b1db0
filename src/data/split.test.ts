import { describe, expect, test } from 'vitest';
import { requireShares, splitExamples, type SplitExample } from './split.js';

const options = { seed: 0, partsFrom: null, name: 'set' };

const pictures = (counts: Record<string, number>): SplitExample[] =>
  Object.entries(counts).flatMap(([title, count]) =>
    Array.from({ length: count }, (_, i) => ({ part: null, title, below: `${i}.jpg` })),
  );

const places = (examples: readonly SplitExample[], seed = 0): Map<string, string> => {
  const { parts } = splitExamples(examples, { ...options, seed });
  return new Map(
    Object.entries(parts).flatMap(([part, indices]) =>
      indices.map((index) => [`${examples[index]?.title ?? ''}/${examples[index]?.below ?? ''}`, part]),
    ),
  );
};

describe('a set without parts', () => {
  test('gets three of about 70, 15 and 15 per cent, with every picture in one of them', () => {
    const { parts, sentence, notes } = splitExamples(pictures({ a: 1000, b: 1000 }), options);
    const sizes = [parts.train.length, parts.validation.length, parts.test.length];
    expect(sizes.reduce((sum, size) => sum + size)).toBe(2000);
    // Three standard deviations of a binomial of 2000: 61 at 0.7, 48 at 0.15.
    expect(Math.abs((sizes[0] ?? 0) - 1400)).toBeLessThan(62);
    expect(Math.abs((sizes[1] ?? 0) - 300)).toBeLessThan(48);
    expect(sentence).toBe('No parts were given: split 70 / 15 / 15 % to train, validate and test, class by class with seed 0.');
    expect(notes).toEqual([]);
  });

  test('adding a picture or a class, or another order, moves no picture', () => {
    const before = places(pictures({ a: 60, b: 80 }));
    const after = places([...pictures({ c: 50 }), ...pictures({ a: 61, b: 80 })].reverse());
    for (const [path, part] of before) expect([path, after.get(path)]).toEqual([path, part]);
    expect(after.size).toBe(191);
    expect(places(pictures({ a: 60, b: 80 }), 1)).not.toEqual(before);
  });

  test.each([
    [1, [1, 0, 0]],
    [2, [1, 1, 0]],
    [3, [1, 1, 1]],
  ])('a class of %i pictures is split %j, and that is said', (count, sizes) => {
    const { parts, notes } = splitExamples(pictures({ small: count }), options);
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual(sizes);
    expect(notes).toEqual(count === 3 ? notes : [expect.stringContaining("'small'")]);
  });

  test('every part has a picture of each class with three or more, for any seed', () => {
    for (let seed = 0; seed < 50; seed++) {
      const examples = pictures({ a: 3, b: 4, c: 7, d: 12 });
      const { parts } = splitExamples(examples, { ...options, seed });
      for (const part of ['train', 'validation', 'test'] as const)
        expect(new Set(parts[part].map((index) => examples[index]?.title)).size).toBe(4);
    }
  });

  test('the shares can be chosen', () => {
    const { parts } = splitExamples(pictures({ a: 500 }), { ...options, shares: [50, 50, 0] });
    expect(parts.test).toEqual([]);
    expect(Math.abs(parts.train.length - 250)).toBeLessThan(34);
  });
});

test('given parts are kept, and only a missing validation part is drawn', () => {
  const given = (part: SplitExample['part'], count: number): SplitExample[] =>
    pictures({ x: count }).map((each) => ({ ...each, part }));
  const all = splitExamples([...given('train', 20), ...given('validation', 5), ...given('test', 5)], {
    ...options,
    partsFrom: 'folders a, b',
  });
  expect([all.parts.train.length, all.parts.validation.length, all.parts.test.length]).toEqual([20, 5, 5]);
  expect(all.sentence).toBe('Parts: folders a, b.');
  const two = splitExamples([...given('train', 20), ...given('test', 5)], options);
  expect(two.parts.test).toEqual([20, 21, 22, 23, 24]);
  expect(two.parts.train.length + two.parts.validation.length).toBe(20);
  expect(two.parts.validation.length).toBeGreaterThan(0);
  expect(() => splitExamples([...given('validation', 3), ...given('test', 3)], options)).toThrow(/none to train/);
});

test.each([
  ['70,15', [70, 15]],
  ['90,20,10', [90, 20, 10]],
  ['0,50,50', [0, 50, 50]],
  ['-1,51,50', [-1, 51, 50]],
])('%s is no split', (_, shares) => {
  expect(() => requireShares(shares, 'split')).toThrow(/split: '.*' is no split; expected three per cents that make 100/);
});
