import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import { systemReason, unwritable } from '../machine/system-errors.js';
import { CHECKPOINT_FILE, RESULTS } from './run-files.js';

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

/**
 * Throws `option.invalid` where nothing can be written into the folder, which need not be there yet: said before hours are spent on
 * what goes into it. A file is made and taken away again, since rights alone tell too little.
 */
export async function requirePlace(folder: string, option: string): Promise<void> {
  const refuse = (why: string, cause?: unknown): PlaygroundError =>
    new PlaygroundError('option.invalid', `--${option}: ${why}`, { subject: option, cause });
  let nearest = resolve(folder);
  let found = await stat(nearest).catch(() => null);
  while (!found && dirname(nearest) !== nearest) {
    nearest = dirname(nearest);
    found = await stat(nearest).catch(() => null);
  }
  if (!found?.isDirectory())
    throw refuse(`'${nearest === resolve(folder) ? folder : nearest}' is there already and is no folder`);
  const probe = join(nearest, `.pyra.${process.pid}.part`);
  try {
    await writeFile(probe, '');
  } catch (cause) {
    throw refuse(`nothing can be written into '${nearest}': ${systemReason(cause)}`, cause);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** Writes out what the system holds of a file or a folder, so that a power cut leaves the old or the new. */
async function settle(path: string, kind: 'file' | 'folder'): Promise<void> {
  // Windows has no such thing for folders, and wants files opened for writing.
  if (kind === 'folder' && process.platform === 'win32') return;
  const handle = await open(path, kind === 'file' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where a file is written before it is whole. */
const partOf = (path: string): string => `${path}.${process.pid}.part`;

/** Removes what an earlier process was killed over while it wrote one of these files. */
export async function removeUnfinished(folder: string, files: readonly string[]): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const whole = name.replace(/\.\d+\.part$/, '');
    if (whole !== name && files.includes(whole)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Has `write` make a file beside its place, and moves it there when its bytes are on the disk: what was there before stays until
 * then. Rejects with `file.unwritable` where the disk is full or refuses, and leaves nothing then, no folder either that was made.
 */
export const writeBeside = (path: string, write: (part: string) => Promise<void>): Promise<void> =>
  writeTogether([{ path, write }]);

interface Place {
  readonly path: string;
  readonly write: (part: string) => Promise<void>;
}

/** {@link writeBeside} of several: none is moved to its place before all are on the disk. */
async function writeTogether(places: readonly Place[]): Promise<void> {
  const made: string[] = [];
  let current = '';
  try {
    for (const { path, write } of places) {
      current = path;
      const first = await mkdir(dirname(path), { recursive: true });
      if (first !== undefined) made.push(...foldersFrom(first, dirname(path)));
      await write(partOf(path));
      await settle(partOf(path), 'file');
    }
    for (const { path } of places) {
      current = path;
      await rename(partOf(path), path);
    }
    for (const folder of new Set(places.map(({ path }) => dirname(path)))) await settle(folder, 'folder');
  } catch (cause) {
    for (const { path } of places) await rm(partOf(path), { force: true }).catch(() => undefined);
    // The deepest first; one that holds something stays.
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
    throw cause instanceof PlaygroundError ? cause : unwritable(current, cause);
  }
}

/** The folders from `first` down to `last`, which lies in it or is it. */
function foldersFrom(first: string, last: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(last); folder.length >= resolve(first).length; folder = dirname(folder)) folders.unshift(folder);
  return folders;
}

/** Writes whole or not at all, as {@link writeBeside}. */
export const writeWhole = (path: string, content: Uint8Array | string): Promise<void> =>
  writeBeside(path, (part) => writeFile(part, content));

/** Writes all or nothing, as {@link writeBeside}. */
export async function writeAllWhole(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Promise<void> {
  await writeTogether(files.map(({ path, bytes }) => ({ path, write: (part) => writeFile(part, bytes) })));
}

/** Where the files go: `--out` names the file itself where its extension says so and only words and configuration would lie beside it. */
export function placeFiles(files: readonly NamedFile[], out: string): { readonly path: string; readonly file: NamedFile }[] {
  const [first, ...others] = files;
  const isOne = first !== undefined && others.every(({ mediaType }) => mediaType !== 'application/octet-stream');
  if (isOne && extname(out) === extname(first.name)) return [{ path: out, file: first }];
  return files.map((file) => ({ path: join(out, file.name), file }));
}

/** Throws where one of the files is there already, or its folder takes no file, before anything is written. */
export async function requireFree(paths: readonly string[], force: boolean): Promise<void> {
  const taken = force ? undefined : paths.find((path) => existsSync(path));
  if (taken !== undefined) {
    throw new PlaygroundError('option.invalid', `--out: '${taken}' is there already; --force writes over it`, { subject: 'out' });
  }
  for (const folder of new Set(paths.map((path) => dirname(path)))) await requirePlace(folder, 'out');
}

/** Throws where the folder has a run already, before anything is computed. */
export function requireNoRun(folder: string, force: boolean): void {
  const found = force ? undefined : RESULTS.find((file) => existsSync(join(folder, file)));
  if (found === undefined) return;
  const resumed = existsSync(join(folder, CHECKPOINT_FILE)) ? '--resume goes on with it, and ' : '';
  const message = `--out: '${folder}' has a run already (${found}); ${resumed}--force writes over it`;
  throw new PlaygroundError('option.invalid', message, { subject: 'out' });
}
