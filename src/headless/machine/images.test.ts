import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { resizeBicubic } from '../../data/pictures/resize.js';
import { sharpDecoder } from './images.js';

const fixtures = new URL('../../data/fixtures/', import.meta.url);
const { side, pictures } = z
  .object({ side: z.number(), pictures: z.record(z.string(), z.object({ size: z.array(z.number()), rgb: z.string() })) })
  .parse(JSON.parse(readFileSync(new URL('pictures.json', fixtures), 'utf8')));

/** Mean absolute difference in 8-bit steps. Lossless forms decode to the same; the lossy ones may differ by their decoders' rounding. */
function meanDifference(rgba: Uint8Array, rgb: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < rgb.length; i++) total += Math.abs((rgba[Math.floor(i / 3) * 4 + (i % 3)] ?? NaN) - (rgb[i] ?? NaN));
  return total / rgb.length;
}

test.each(Object.entries(pictures))('%s is decoded, turned and resized as by PIL', async (name, { size, rgb }) => {
  const bytes = new Uint8Array(readFileSync(new URL(`pictures/${name}`, fixtures)));
  const picture = await sharpDecoder.decode(bytes, name);
  expect([picture.width, picture.height]).toEqual(size);
  const resized = resizeBicubic(picture, side, side);
  expect(meanDifference(resized, Buffer.from(rgb, 'hex'))).toBeLessThan(1);
});

test('a fully transparent pixel is black, whatever colour lies under it', async () => {
  const transparent = await sharp({
    create: { width: 3, height: 2, channels: 4, background: { r: 200, g: 100, b: 50, alpha: 0 } },
  })
    .png()
    .toBuffer();
  const { data } = await sharpDecoder.decode(new Uint8Array(transparent), 'transparent.png');
  expect([...data]).toEqual(Array.from({ length: 6 }, () => [0, 0, 0, 255]).flat());
});

test('what is no picture is refused', async () => {
  await expect(sharpDecoder.decode(new TextEncoder().encode('hello, world, no picture here'), 'x.png')).rejects.toThrow();
});

test('a bitmap that breaks off, or has an unknown form, is refused by name', async () => {
  const whole = new Uint8Array(readFileSync(new URL('pictures/plain.bmp', fixtures)));
  await expect(sharpDecoder.decode(whole.slice(0, 2000), 'short.bmp')).rejects.toThrow(
    'short.bmp: breaks off: its bitmap is not whole',
  );
  whole[28] = 16;
  await expect(sharpDecoder.decode(whole, 'odd.bmp')).rejects.toThrow(
    'odd.bmp: is a bitmap with 16 bits a pixel and compression 0',
  );
});
