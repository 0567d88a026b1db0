/**
 * Measures how the command line lists a large folder of small pictures and understands it as a data set: the time, and the peak memory. The
 * pictures are all different; they are made once and stay in the folder.
 *
 *     npx tsx scripts/measure-listing.ts [--pictures 100000] [--classes 100] [--parts] [--folder FOLDER]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { withComment } from '../e2e/support/photographs.js';
import { openDataset } from '../src/data/open.js';
import { recogniseFiles } from '../src/data/recognise.js';
import { byteSourcesFromPath } from '../src/headless/inputs/folders.js';
import { sharpDecoder } from '../src/headless/machine/images.js';

const SIDE = 32;

const { values } = parseArgs({
  options: { pictures: { type: 'string' }, folder: { type: 'string' }, parts: { type: 'boolean' }, classes: { type: 'string' } },
});
const pictures = Number(values.pictures ?? 100_000);
const classes = Number(values.classes ?? 100);
if (![pictures, classes].every(Number.isInteger) || classes < 2 || pictures < classes)
  throw new Error('--pictures, --classes: too few');
const folder = values.folder ?? join(tmpdir(), `many-pictures-${pictures}${values.parts ? '-in-parts' : ''}`);

function pathOf(index: number): string {
  const part = values.parts ? `${index % 6 === 5 ? 'test' : 'train'}/` : '';
  return join(folder, `${part}class-${String(index % classes).padStart(3, '0')}`, `${String(index).padStart(6, '0')}.jpg`);
}

/** Writes JPEGs with one colour for each class, each with a different comment. */
async function make(): Promise<void> {
  const plain: Uint8Array<ArrayBuffer>[] = [];
  for (let each = 0; each < classes; each++) {
    const background = { r: (each * 37) % 256, g: (each * 91) % 256, b: (each * 151) % 256 };
    plain.push(
      Uint8Array.from(
        await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background } })
          .jpeg()
          .toBuffer(),
      ),
    );
  }
  for (let index = 0; index < pictures; index++) {
    const picture = plain[index % classes];
    const path = pathOf(index);
    mkdirSync(join(path, '..'), { recursive: true });
    if (picture) writeFileSync(path, withComment(picture, `picture ${index}`));
  }
}

if (!existsSync(folder)) await make();
const begun = performance.now();
const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1);
const files = await byteSourcesFromPath(folder);
console.log(`${files.length} files listed after ${seconds()} s`);
console.log(`taken for ${await recogniseFiles(files)} after ${seconds()} s`);
const { dataset } = await openDataset(files, sharpDecoder, { name: 'pictures', splitSeed: 0 });
const parts = Object.values(dataset.parts).map((part) => part.length);
console.log(`${dataset.form}: ${dataset.classes.length} classes, ${parts.join(' + ')} pictures, after ${seconds()} s`);
console.log(`at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
