/** Compares pictures that Pillow wrote, decoded and framed here, with Pillow's own pixels. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { framePicture } from '../../src/data/pictures/resize.js';
import { sharpDecoder } from '../../src/headless/machine/images.js';
import { FITS, RESAMPLINGS } from '../../src/vit/framing.js';

const pictureSchema = z.object({
  ...{ name: z.string(), index: z.number(), mode: z.string(), orientation: z.number() },
  ...{ width: z.number(), height: z.number(), lossless: z.boolean() },
  ...{ side: z.number(), fit: z.enum(FITS), share: z.number(), resampling: z.enum(RESAMPLINGS) },
});

/** Two decoders may round lossy pictures differently; a rotated, swapped or rescaled picture differs far more. */
const CLOSE_LOSSY = 2;

/** The largest and the mean difference, in 8-bit steps. */
function differences(rgba: ArrayLike<number>, rgb: Uint8Array): { largest: number; mean: number } {
  if ((rgba.length / 4) * 3 !== rgb.length) return { largest: Infinity, mean: Infinity };
  let largest = 0;
  let total = 0;
  for (let i = 0; i < rgb.length; i++) {
    const difference = Math.abs((rgba[Math.floor(i / 3) * 4 + (i % 3)] ?? NaN) - (rgb[i] ?? NaN));
    largest = Math.max(largest, difference);
    total += difference;
  }
  return { largest, mean: total / rgb.length };
}

/** @returns the number of compared pictures, and a sentence for each problem. */
export async function comparePictures(folder: string): Promise<{ count: number; wrong: string[] }> {
  const pictures = z.array(pictureSchema).parse(JSON.parse(await readFile(join(folder, 'pictures.json'), 'utf8')));
  const wrong: string[] = [];
  for (const { name, index, mode, orientation, width, height, lossless, side, fit, share, resampling } of pictures) {
    const what = `${name} (${mode}, ${width} x ${height}, orientation ${orientation})`;
    const rgb = await readFile(join(folder, `${index}.rgb`));
    const picture = await sharpDecoder.decode(new Uint8Array(await readFile(join(folder, name))), name);
    const decoded =
      picture.width === width && picture.height === height
        ? differences(picture.data, rgb)
        : { largest: Infinity, mean: Infinity };
    if (lossless ? decoded.largest > 0 : decoded.mean > CLOSE_LOSSY) {
      wrong.push(`${what}: decoded, differs by ${decoded.largest} at most, ${decoded.mean.toFixed(2)} in the mean`);
    }
    // Frames Pillow's own pixels, so that only resizing is compared.
    const data = new Uint8ClampedArray(width * height * 4).fill(255);
    rgb.forEach((value, i) => (data[Math.floor(i / 3) * 4 + (i % 3)] = value));
    const square = framePicture({ width, height, data }, side, { side: null, fit, share, resampling });
    const { largest } = differences(square, await readFile(join(folder, `${index}.framed`)));
    if (largest > 0)
      wrong.push(`${what}: as a square of ${side}, ${fit}, ${share}, ${resampling}: differs by ${largest} at most`);
  }
  return { count: pictures.length, wrong };
}
