import { readdirSync, readFileSync } from 'node:fs';
import { encodePng } from '../data/pictures/png.js';
import { byteSourceFromBytes } from '../containers/sources.js';
import type { ByteSource } from '../containers/bytes.js';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Files in memory, by path; strings are encoded as UTF-8. */
export function sources(files: Readonly<Record<string, Uint8Array | string>>): ByteSource[] {
  return Object.entries(files).map(([name, content]) =>
    byteSourceFromBytes(name, typeof content === 'string' ? text(content) : content),
  );
}

/** A PNG of one colour, 5 x 4 pixels. */
export function solidPng(red: number, green: number, blue: number): Promise<Uint8Array<ArrayBuffer>> {
  const data = new Uint8Array(5 * 4 * 4);
  for (let at = 0; at < data.length; at += 4) data.set([red, green, blue, 255], at);
  return encodePng({ width: 5, height: 4, data });
}

/** Pictures by path, each of a different blue. */
export async function solidPngs(paths: readonly string[]): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const entries = await Promise.all(paths.map(async (path, i) => [path, await solidPng(200, 100, i)] as const));
  return Object.fromEntries(entries);
}

/** A file of `src/data/fixtures/forms`, or all files of a folder in it. */
export function formFixture(name: string): ByteSource[] {
  const path = new URL(`../data/fixtures/forms/${name}`, import.meta.url);
  if (!name.endsWith('/')) return sources({ [name]: new Uint8Array(readFileSync(path)) });
  return readdirSync(path).flatMap((file) => sources({ [file]: new Uint8Array(readFileSync(new URL(file, path))) }));
}
