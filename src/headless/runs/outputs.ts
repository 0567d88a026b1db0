import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { NamedFile } from '../../protocol/files.js';
import { PlaygroundError } from '../../vit/errors.js';
import { systemReason, unwritable } from '../machine/system-errors.js';
import { CHECKPOINT_FILE, RESULTS } from './run-files.js';

export const RUNS_FOLDER = 'runs';

/** The most bytes of a file name, with room below the 255 of most file systems for a digest, an ending and the number of a process. */
const LONGEST_NAME = 180;

/**
 * The name of a run or a data set, as a file name: letters and digits of any script, at most {@link LONGEST_NAME} bytes in UTF-8.
 * @param otherwise where nothing is left of the name.
 */
export function fileName(name: string, otherwise: string): string {
  const kept = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+/, '');
  let short = '';
  for (const letter of kept) {
    if (Buffer.byteLength(short + letter) > LONGEST_NAME) break;
    short += letter;
  }
  return short === '' ? otherwise : short;
}

/** {@link fileName} of each of the names. Of those that come to the same, later ones are numbered: `a-b`, `a-b-2`. */
export function fileNames(names: readonly string[], otherwise: string): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const base = fileName(name, otherwise);
    let free = base;
    // Some file systems take letters in either case for the same.
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${base}-${number}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** `runs/NAME`, or the first of `runs/NAME-2`, `runs/NAME-3` and so on that is free. */
export function freeRunFolder(name: string): string {
  const base = join(RUNS_FOLDER, fileName(name, 'run'));
  for (let number = 1; ; number++) {
    const folder = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(folder)) return folder;
  }
}

/**
 * Throws `option.invalid` where files cannot be written into the folder, which need not exist yet, so that this is known before hours of
 * work. It creates a file and deletes it, since permissions alone do not tell enough.
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

/** Flushes a file or a folder to the disk, so that a power cut leaves either the old or the new content. */
async function settle(path: string, kind: 'file' | 'folder'): Promise<void> {
  // Windows has no such call for folders, and needs files to be open for writing.
  if (kind === 'folder' && process.platform === 'win32') return;
  const handle = await open(path, kind === 'file' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The temporary name of a file that is being written. */
const partOf = (path: string): string => `${path}.${process.pid}.part`;

/** Deletes temporary files that a killed process left behind. */
export async function removeUnfinished(folder: string, files: readonly string[]): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const whole = name.replace(/\.\d+\.part$/, '');
    if (whole !== name && files.includes(whole)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Lets `write` create a temporary file and moves it to `path` once its bytes are on the disk, so that the earlier file is kept until then.
 * Rejects with `file.unwritable` where the disk is full or refuses; then nothing is left behind, not even folders that were created for it.
 */
export const writeBeside = (path: string, write: (part: string) => Promise<void>): Promise<void> =>
  writeTogether([{ path, write }]);

interface Place {
  readonly path: string;
  readonly write: (part: string) => Promise<void>;
}

/** {@link writeBeside} for several files: none is moved to its place before all are on the disk. */
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
    // The deepest folders first. A folder that is not empty stays.
    for (const folder of made.reverse()) await rmdir(folder).catch(() => undefined);
    throw cause instanceof PlaygroundError ? cause : unwritable(current, cause);
  }
}

/** The folders from `first` down to `last`, which is inside it or the same. */
function foldersFrom(first: string, last: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(last); folder.length >= resolve(first).length; folder = dirname(folder)) folders.unshift(folder);
  return folders;
}

/** Writes a file completely or not at all, as {@link writeBeside} does. */
export const writeWhole = (path: string, content: Uint8Array | string): Promise<void> =>
  writeBeside(path, (part) => writeFile(part, content));

/** Writes all files or none, as {@link writeBeside} does. */
export async function writeAllWhole(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Promise<void> {
  await writeTogether(files.map(({ path, bytes }) => ({ path, write: (part) => writeFile(part, bytes) })));
}

/** Where the files go. `--out` names the one file itself if its extension says so and the other files are only text and configuration. */
export function placeFiles(files: readonly NamedFile[], out: string): { readonly path: string; readonly file: NamedFile }[] {
  const [first, ...others] = files;
  const isOne = first !== undefined && others.every(({ mediaType }) => mediaType !== 'application/octet-stream');
  if (isOne && extname(out) === extname(first.name)) return [{ path: out, file: first }];
  return files.map((file) => ({ path: join(out, file.name), file }));
}

/** Throws, before anything is written, where one of the files exists or its folder cannot be written. */
export async function requireFree(paths: readonly string[], force: boolean): Promise<void> {
  const taken = force ? undefined : paths.find((path) => existsSync(path));
  if (taken !== undefined) {
    throw new PlaygroundError('option.invalid', `--out: '${taken}' is there already; --force writes over it`, { subject: 'out' });
  }
  for (const folder of new Set(paths.map((path) => dirname(path)))) await requirePlace(folder, 'out');
}

/** Throws, before anything is computed, where the folder already has a run. */
export function requireNoRun(folder: string, force: boolean): void {
  const found = force ? undefined : RESULTS.find((file) => existsSync(join(folder, file)));
  if (found === undefined) return;
  const resumed = existsSync(join(folder, CHECKPOINT_FILE)) ? '--resume goes on with it, and ' : '';
  const message = `--out: '${folder}' has a run already (${found}); ${resumed}--force writes over it`;
  throw new PlaygroundError('option.invalid', message, { subject: 'out' });
}
