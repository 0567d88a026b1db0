import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Fixtures } from './fixtures.js';

/** A folder for each class, of pictures of one noisy colour: red for the first, green for the second, blue for the third. */
export async function drawColours(path: string, each: number, classes: readonly string[], seed = 7): Promise<void> {
  const random = new Fixtures(seed);
  for (const [label, name] of classes.entries()) {
    await mkdir(join(path, name), { recursive: true });
    for (let i = 0; i < each; i++) {
      const data = Buffer.from(
        Array.from({ length: 20 * 16 * 3 }, (_, at) => (at % 3 === label ? 150 : 90) + Math.floor(60 * random.next())),
      );
      await sharp(data, { raw: { width: 20, height: 16, channels: 3 } })
        .png()
        .toFile(join(path, name, `${i}.png`));
    }
  }
}
