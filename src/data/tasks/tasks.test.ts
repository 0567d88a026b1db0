import { describe, expect, test } from 'vitest';
import { BUILTIN_TASKS } from '../../vit/configuration.js';
import { openTask } from './index.js';

/** Mean over channels and pixels of the absolute difference, in 8-bit steps; alpha left out. */
function difference(a: Uint8Array, b: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) if (i % 4 !== 3) total += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return total / (a.length * 0.75);
}

describe.each(BUILTIN_TASKS)('task %s', (task) => {
  const dataset = openTask(task, 3);

  test('is as large as a VTAB-1k task, and each class comes up equally often in each part', () => {
    expect(dataset.length).toBe(2000);
    expect([dataset.parts.train.length, dataset.parts.validation.length, dataset.parts.test.length]).toEqual([800, 200, 1000]);
    expect(new Set(Object.values(dataset.parts).flat()).size).toBe(2000);
    for (const part of Object.values(dataset.parts)) {
      const counts = dataset.classes.map((_, label) => part.filter((index) => dataset.label(index) === label).length);
      expect(new Set(counts)).toEqual(new Set([part.length / dataset.classes.length]));
    }
  });

  test('the same seed gives the same picture, another seed or index another', async () => {
    const first = await dataset.pixels(7, 48);
    expect(await openTask(`task:${task}`, 3).pixels(7, 48)).toEqual(first);
    expect(difference(first, await openTask(task, 4).pixels(7, 48))).toBeGreaterThan(5);
    expect(difference(first, await dataset.pixels(8, 48))).toBeGreaterThan(5);
  });

  test.each([1, 7, 64, 97])('draws at side %i, opaque', async (side) => {
    const pixels = await dataset.pixels(1999, side);
    expect(pixels.length).toBe(side * side * 4);
    for (let i = 3; i < pixels.length; i += 4) expect(pixels[i]).toBe(255);
  });

  test('shows the same scene at another side', async () => {
    const small = await dataset.pixels(11, 64);
    const large = await dataset.pixels(11, 192);
    const shrunk = new Uint8Array(64 * 64 * 4);
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 64; x++) {
        for (let c = 0; c < 4; c++) {
          let sum = 0;
          for (let k = 0; k < 9; k++) sum += large[((y * 3 + Math.floor(k / 3)) * 192 + x * 3 + (k % 3)) * 4 + c] ?? 0;
          shrunk[(y * 64 + x) * 4 + c] = sum / 9;
        }
      }
    }
    // Edges are softened differently, and film grain is drawn anew: unrelated pictures differ by 40 and more.
    expect(difference(small, shrunk)).toBeLessThan(12);
  });

  test('refuses an index beyond its pictures', () => {
    expect(() => dataset.label(2000)).toThrow(/no picture 2000/);
  });
});

test('a task has the numbers of pictures asked for, each class equally often in each part, and a larger part begins with the pictures of a smaller one', async () => {
  const [small, large] = [openTask('count', 2, [16, 8, 24]), openTask('count', 2, [16, 8, 80])];
  expect(Object.values(large.parts).map((part) => part.length)).toEqual([16, 8, 80]);
  const counts = large.classes.map((_, label) => large.parts.test.filter((index) => large.label(index) === label).length);
  expect(new Set(counts)).toEqual(new Set([10]));
  expect(small.parts.test.map((index) => small.label(index))).toEqual(
    large.parts.test.slice(0, 24).map((index) => large.label(index)),
  );
  expect(await small.pixels(30, 16)).toEqual(await large.pixels(30, 16));
  expect(small.fingerprint).not.toBe(large.fingerprint);
});

test('an unknown task is refused with the names of the known ones', () => {
  expect(() => openTask('task:cats', 0)).toThrow(
    "data: there is no task 'cats'; the built-in ones are shapes, count, orientation, texture",
  );
});
