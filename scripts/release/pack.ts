import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zipFiles } from '../../src/formats/exports/zip.js';

export interface Release {
  readonly zip: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the zip, in hexadecimal. */
  readonly checksum: string;
  readonly files: number;
}

/** The built page as a zip, in a folder `name`. The same build gives the same bytes. */
export async function packRelease(built: string, name: string): Promise<Release> {
  const paths = readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(built, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const files = paths.map((path) => ({
    name: `${name}/${path}`,
    mediaType: 'application/octet-stream',
    bytes: new Uint8Array(readFileSync(join(built, path))),
  }));
  const { bytes } = await zipFiles(files, `${name}.zip`);
  return { zip: bytes, checksum: createHash('sha256').update(bytes).digest('hex'), files: files.length };
}
