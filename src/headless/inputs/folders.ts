import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { byteSourceFromPath } from './files.js';

/** Hidden entries are not walked into: a repository's own files are no data. */
async function walk(folder: string, inside: string, found: ByteSource[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const name = `${inside}${entry.name}`;
    if (entry.isDirectory()) await walk(path, `${name}/`, found);
    // A link counts as the file it leads to; a link to a folder might lead in a circle.
    else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile()))
      found.push(await byteSourceFromPath(path, name));
  }
}

/** A file, or all files below a folder, named as a dropped folder's are. Rejects with `file.unreadable` where nothing is there. */
export async function byteSourcesFromPath(path: string): Promise<ByteSource[]> {
  const given = await stat(path).catch((cause: unknown) => {
    throw new PlaygroundError('file.unreadable', `${path}: there is no such file or folder`, { subject: path, cause });
  });
  if (!given.isDirectory()) return [await byteSourceFromPath(path, basename(path))];
  const found: ByteSource[] = [];
  await walk(path, '', found);
  return found;
}
