import { existsSync } from 'node:fs';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';

export const RUNS_FOLDER = 'runs';

/** A run's or a data set's name as a file's. */
export function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '');
}

/** `runs/NAME`, or `runs/NAME-2` and so on where that is taken. */
export function freeRunFolder(name: string): string {
  const base = join(RUNS_FOLDER, fileName(name));
  for (let number = 1; ; number++) {
    const folder = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(folder)) return folder;
  }
}

/** Makes a folder, or makes sure that it is one, before hours are spent on what goes into it. */
export async function requireFolder(path: string, option: string): Promise<void> {
  const given = await stat(path).catch(() => null);
  if (given && !given.isDirectory()) {
    throw new PlaygroundError('option.invalid', `--${option}: '${path}' is there already and is no folder`, { subject: option });
  }
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new PlaygroundError('option.invalid', `--${option}: the folder '${path}' cannot be made`, { subject: option, cause });
  }
}

/** Writes whole or not at all: what was there before stays until the new bytes are on the disk. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/** Where the files go: `--out` names the file itself where its extension says so and only a README would lie beside it. */
export function placeFiles(files: readonly NamedFile[], out: string): { readonly path: string; readonly file: NamedFile }[] {
  const [first, ...others] = files;
  const isOne = first !== undefined && others.every(({ name }) => name === 'README.md');
  if (isOne && extname(out) === extname(first.name)) return [{ path: out, file: first }];
  return files.map((file) => ({ path: join(out, file.name), file }));
}

/** Throws where one of the files is there already, before anything is written. */
export function requireAbsent(paths: readonly string[], force: boolean): void {
  const taken = force ? undefined : paths.find((path) => existsSync(path));
  if (taken === undefined) return;
  throw new PlaygroundError('option.invalid', `--out: '${taken}' is there already; --force writes over it`, { subject: 'out' });
}
