/** `npm run release`: builds the page and packs it as a zip for any static host, with its checksum beside it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { z } from 'zod';
import { packRelease } from './pack.js';

const ROOT = join(import.meta.dirname, '../..');

await build({ root: ROOT, logLevel: 'warn' });
const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
const name = `pyra-playground-${version}`;
const { zip, checksum, files } = await packRelease(join(ROOT, 'dist'), name);
const folder = join(ROOT, 'release');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${name}.zip`), zip);
writeFileSync(join(folder, `${name}.zip.sha256`), `${checksum}  ${name}.zip\n`);
console.log(`release/${name}.zip: ${files} files, ${(zip.length / 1e6).toFixed(1)} MB, SHA-256 ${checksum}`);
console.log(`To run it: unpack it, then python3 -m http.server -d ${name}`);
