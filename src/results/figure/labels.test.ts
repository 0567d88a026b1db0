import { expect, it } from 'vitest';
import { along, leastCovering, twoLines } from './labels.js';

const at = (x: number, y: number) => ({ box: { x, y, width: 10, height: 10 } });

it('words are placed where they cover the least, and never over other words', () => {
  const candidates = [at(0, 0), at(20, 0), at(40, 0)];
  const nothing = { words: [], marks: [], lines: [] };
  expect(leastCovering(candidates, nothing)).toBe(candidates[0]);
  expect(leastCovering(candidates, { ...nothing, lines: [{ x: 5, y: 5 }] })).toBe(candidates[1]);
  const lines = along([
    { x: 0, y: 5 },
    { x: 32, y: 5 },
  ]);
  expect(leastCovering(candidates, { ...nothing, lines })).toBe(candidates[2]);
  expect(leastCovering(candidates, { ...nothing, lines, words: [at(45, 5).box] })).not.toBe(candidates[2]);
});

it('lines are looked at only near a place, and only where they can change the choice', () => {
  const looked: number[] = [];
  const lines = Array.from({ length: 9 }, (_, line) => ({
    get x() {
      looked.push(line);
      return 25;
    },
    y: 5,
  }));
  const candidates = [at(0, 0), at(20, 0), at(40, 0), at(60, 0)];
  expect(leastCovering(candidates, { words: [at(41, 1).box], marks: [{ x: 65, y: 5 }], lines })).toBe(candidates[0]);
  // For the first place alone, since nothing is cheaper than its cost of 0.
  expect(looked.length).toBeLessThan(lines.length);
});

it('words stand apart rather than over a mark, where the line to what they name crosses nothing dear', () => {
  const over = at(0, 0);
  const leader = { x: 20, y: 10, width: 2, height: 20 };
  const apart = { ...at(20, 0), leader, cost: 20 };
  const marks = [{ x: 5, y: 5 }];
  const nothing = { words: [], lines: [] };
  expect(leastCovering([over, apart], { ...nothing, marks })).toBe(apart);
  // Across one spot of a mark still, along many not, and never through words.
  expect(leastCovering([over, apart], { ...nothing, marks: [...marks, { x: 21, y: 20 }] })).toBe(apart);
  const bar = Array.from({ length: 6 }, (_, index) => ({ x: 21, y: 12 + 3 * index }));
  expect(leastCovering([over, apart], { ...nothing, marks: [...marks, ...bar] })).toBe(over);
  expect(leastCovering([over, apart], { ...nothing, marks, words: [{ x: 10, y: 15, width: 20, height: 5 }] })).toBe(over);
});

it('words lie over any line rather than over one mark', () => {
  const candidates = [at(0, 0), at(20, 0)];
  const lines = along(
    [
      { x: 20, y: 5 },
      { x: 30, y: 5 },
    ],
    1,
  );
  expect(leastCovering(candidates, { words: [], marks: [{ x: 5, y: 5 }], lines })).toBe(candidates[1]);
});

it('a line becomes spots from corner to corner', () => {
  const spots = along(
    [
      { x: 0, y: 0 },
      { x: 10, y: 0 },
      { x: 10, y: 5 },
    ],
    5,
  );
  expect(spots).toEqual([
    { x: 0, y: 0 },
    { x: 5, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 5 },
  ]);
});

it('a long name is broken at the space next to its middle', () => {
  expect(twoLines('smaller backbone vit-micro 81.0\u00a0%')).toEqual(['smaller backbone', 'vit-micro 81.0\u00a0%']);
  expect(twoLines('uncompressed')).toEqual(['uncompressed']);
});
