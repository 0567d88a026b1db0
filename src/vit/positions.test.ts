import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { expectClose } from '../testing/numbers/closeness.js';
import { interpolatePositions } from './positions.js';

const torch = z
  .record(z.string(), z.unknown())
  .parse(JSON.parse(readFileSync(new URL('../testing/golden/torch-numbers.json', import.meta.url), 'utf8')));

describe('interpolatePositions', () => {
  it.each([
    [3, 2],
    [2, 5],
    [4, 7],
    [1, 3],
    [6, 1],
  ] as const)('agrees with PyTorch from %i to %i', (from, to) => {
    const grid = Array.from({ length: from * from * 2 }, (_, i) => Math.sin(1.3 * i + 0.7));
    const position = { shape: [1, 2 + from * from, 2], data: Float32Array.from([5, 6, 7, 8, ...grid]) };
    const found = interpolatePositions(position, 2, to, false);
    expect(found.shape).toEqual([1, 2 + to * to, 2]);
    expect([...found.data.subarray(0, 4)]).toEqual([5, 6, 7, 8]);
    // The input is rounded to float32 (6e-8 of numbers up to 1), and the smallest result, of 6 to 1, is 0.03.
    expectClose('grid', found.data.subarray(4), z.array(z.number()).parse(torch[`positions ${from} ${to}`]), 4e-6);
  });

  it('refuses what is no square grid', () => {
    expect(() => interpolatePositions({ shape: [1, 5, 1], data: new Float32Array(5) }, 1, 2, false)).not.toThrow();
    expect(() => interpolatePositions({ shape: [1, 7, 1], data: new Float32Array(7) }, 1, 2, false)).toThrow(
      'pos_embed: has 7 rows, and without its 1 protected ones that is no square grid',
    );
  });
});
