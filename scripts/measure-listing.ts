/**
 * Measures what it takes to list a large folder of small pictures and to understand it as a data set, on the command line's way: how long,
 * and how much memory at most. Each picture is its own file with its own bytes; they are made once and left in the folder that is named.
 *
 *     npx tsx scripts/measure-listing.ts [--pictures 100000] [--parts] [--folder /tmp/many-pictures]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDataset } from '../src/data/open.js';
import { encodePng } from '../src/data/png.js';
import { recogniseFiles } from '../src/data/recognise.js';
import { byteSourcesFromPath } from '../src/headless/inputs/folders.js';
import { sharpDecoder } from '../src/headless/machine/images.js';

const CLASSES = 100;
const SIDE = 32;

const { values } = parseArgs({
  options: { pictures: { type: 'string' }, folder: { type: 'string' }, parts: { type: 'boolean' } },
});
const pictures = Number(values.pictures ?? 100_000);
if (!Number.isInteger(pictures) || pictures < 2 * CLASSES) throw new Error(`--pictures: at least ${2 * CLASSES}`);
const folder = values.folder ?? join(tmpdir(), `many-pictures-${pictures}${values.parts ? '-in-parts' : ''}`);

function pathOf(index: number): string {
  const part = values.parts ? `${index % 10 === 9 ? 'test' : 'train'}/` : '';
  return join(folder, `${part}class-${String(index % CLASSES).padStart(3, '0')}`, `${String(index).padStart(6, '0')}.png`);
}

/** PNGs whose first row is the picture's number in black and white. */
async function make(): Promise<void> {
  for (let index = 0; index < pictures; index++) {
    const data = new Uint8Array(SIDE * SIDE * 4).fill(255);
    for (let bit = 0; bit < SIDE; bit++) if ((index >> bit) & 1) data.fill(0, bit * 4, bit * 4 + 3);
    const path = pathOf(index);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, await encodePng({ width: SIDE, height: SIDE, data }));
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
