import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { framePicture, resizeBicubic } from './resize.js';
import type { Picture } from '../types.js';
import { framingSchema, framingWords } from '../../vit/framing.js';

const pair = z.tuple([z.number(), z.number()]);
const { cases, frames } = z
  .object({
    cases: z.array(z.object({ from: pair, to: pair, source: z.string(), rgb: z.string() })),
    frames: z.array(z.object({ from: pair, side: z.number(), framing: framingSchema, rgb: z.string() })),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/resize.json', import.meta.url), 'utf8')));

/** The formula of ../fixtures/make-resize.py. */
function drawn(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      for (let c = 0; c < 3; c++) {
        const value =
          (Math.imul(x, 1103515245) + Math.imul(y, 12345) + Math.imul(c, 2654435761) + Math.imul(Math.imul(x, y), 40503)) >>> 0;
        const stripe = (Math.floor(x / 3) + Math.floor(y / 5) + c) % 3 === 0;
        data[at + c] = stripe ? 255 : (value >>> 16) & 0xff;
      }
      data[at + 3] = (x * 7 + y * 3) & 0xff;
    }
  }
  return { width, height, data };
}

for (const { from, to, source, rgb } of cases) {
  test(`${from.join(' x ')} to ${to.join(' x ')} gives the bytes of PIL`, () => {
    const picture = drawn(...from);
    expect(createHash('sha256').update(picture.data).digest('hex')).toBe(source);
    const resized = resizeBicubic(picture, ...to);
    expect(resized.length).toBe(to[0] * to[1] * 4);
    const expected = Buffer.from(rgb, 'hex');
    let worst = 0;
    for (let i = 0; i < to[0] * to[1]; i++) {
      for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs((resized[i * 4 + c] ?? NaN) - (expected[i * 3 + c] ?? NaN)));
      expect(resized[i * 4 + 3]).toBe(255);
    }
    // The arithmetic is the same integer arithmetic, so the bytes must be equal.
    expect(worst).toBe(0);
  });
}

test.each(frames)(
  '$from, $side pixels, $framing.fit, $framing.resampling: the square has the bytes of PIL',
  ({ from, side, framing, rgb }) => {
    const picture = drawn(...from);
    picture.data.forEach((_, i) => i % 4 === 3 && (picture.data[i] = 255));
    const square = framePicture(picture, side, framing);
    const expected = Buffer.from(rgb, 'hex');
    const found = Buffer.from(square.filter((_, i) => i % 4 < 3));
    expect(found.equals(expected)).toBe(true);
  },
);

test('a framing is described in words', () => {
  const half = { side: 224, fit: 'shortest-edge', share: 224 / 256, resampling: 'bilinear' } as const;
  expect(framingWords(224, half)).toBe(
    'resized to 256 on the shorter edge (antialiased bilinear), of which the middle 224 x 224 are taken',
  );
  expect(framingWords(64, { ...half, fit: 'stretch', share: 1, resampling: 'nearest' })).toBe(
    'resized to 64 x 64 directly (nearest)',
  );
});
