import { describe, expect, it } from 'vitest';
import type { Thumbnail } from '../protocol/api.js';
import { distinctness, mostTelling } from './telling.js';

const SIDE = 16;

/** @param grey 0 to 255 of the pixel at x, y. */
function picture(grey: (x: number, y: number) => number): Thumbnail {
  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) pixels.set([grey(x, y), grey(x, y), grey(x, y), 255], (y * SIDE + x) * 4);
  return { name: '', label: 0, side: SIDE, pixels };
}

describe('the picture that tells most', () => {
  const even = picture(() => 90);
  const checks = picture((x, y) => ((Math.floor(x / 2) + Math.floor(y / 2)) % 2) * 200);
  const halves = picture((x) => (x < SIDE / 2 ? 20 : 220));

  it('has areas that differ', () => {
    expect(distinctness(even)).toBe(0);
    // Two halves of 32 squares: 1024 of 2016 pairs and 8 of 112 neighbours differ, by 200 in each of three channels.
    expect(distinctness(halves)).toBeCloseTo(200 * Math.sqrt(3) * (1024 / 2016 - 8 / 112), 6);
    expect(distinctness(checks)).toBeLessThan(0);
    expect(mostTelling([even, undefined, checks, halves])).toBe(3);
  });

  it('is the first if none shows more, and null if there is no picture', () => {
    expect(mostTelling([even, even])).toBe(0);
    expect(mostTelling([undefined])).toBeNull();
  });
});
