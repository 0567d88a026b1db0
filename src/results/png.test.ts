import sharp from 'sharp';
import { expect, it } from 'vitest';
import { withResolution } from './png.js';

it('adds the print resolution to a PNG and changes no pixel', async () => {
  const raw = Buffer.from(Array.from({ length: 5 * 4 * 3 }, (_, index) => (index * 37) % 256));
  const plain = await sharp(raw, { raw: { width: 5, height: 4, channels: 3 } })
    .png()
    .toBuffer();
  const marked = Buffer.from(withResolution(plain, 300));
  expect((await sharp(marked).metadata()).density).toBe(300);
  expect(await sharp(marked).raw().toBuffer()).toEqual(raw);
});
