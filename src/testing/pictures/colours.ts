import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Fixtures } from '../fixtures.js';

/**
 * Writes a folder for each class with pictures of one noisy colour: red for the first class, green for the second, blue for the third.
 * With parts, every fifth picture is for validation and the others are for training.
 */
export async function drawColours(
  path: string,
  each: number,
  classes: readonly string[],
  { seed = 7, parts = false }: { readonly seed?: number; readonly parts?: boolean } = {},
): Promise<void> {
  const random = new Fixtures(seed);
  for (const [label, name] of classes.entries()) {
    for (let i = 0; i < each; i++) {
      const inside = parts ? join(path, i % 5 === 4 ? 'val' : 'train', name) : join(path, name);
      await mkdir(inside, { recursive: true });
      const data = Buffer.from(
        Array.from({ length: 20 * 16 * 3 }, (_, at) => (at % 3 === label ? 150 : 90) + Math.floor(60 * random.next())),
      );
      await sharp(data, { raw: { width: 20, height: 16, channels: 3 } })
        .png()
        .toFile(join(inside, `${i}.png`));
    }
  }
}
