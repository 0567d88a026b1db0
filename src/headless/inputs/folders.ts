import { constants } from 'node:fs';
import { access, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ByteSource } from '../../containers/bytes.js';
import { decodeNames, western } from '../../containers/foreign-names.js';
import { isLitter } from '../../data/paths.js';
import { PlaygroundError } from '../../vit/errors.js';
import { byteSourceFromPath } from './files.js';

const SLASH = Buffer.from('/');

const joined = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, SLASH, name]);

/** Stands for something that cannot be read. It is known by name, and reading it rejects with the reason. */
function unreadable(name: string, why: string): ByteSource {
  return {
    name,
    size: 0,
    read: () => Promise.reject(new PlaygroundError('file.unreadable', `${name}: ${why}`, { subject: name })),
  };
}

interface Walk {
  readonly found: ByteSource[];
  /** The real paths of the folders from the top down to this one, so that no link leads back into one of them. */
  readonly above: readonly string[];
}

async function followLink(path: Buffer, name: string, walk: Walk): Promise<void> {
  const target = await realpath(path).catch(() => null);
  if (target === null) {
    const where = await readlink(path).catch(() => '');
    walk.found.push(
      unreadable(
        name,
        where === basename(name) ? 'is a link to itself' : `is a link that leads nowhere${where === '' ? '' : ` ('${where}')`}`,
      ),
    );
    return;
  }
  const information = await stat(path);
  if (information.isFile()) walk.found.push(await byteSourceFromPath(path, name));
  else if (information.isDirectory()) {
    if (walk.above.includes(target)) walk.found.push(unreadable(name, 'is a link that leads back into a folder above it'));
    else await walkFolder(path, `${name}/`, { found: walk.found, above: [...walk.above, target] });
  }
}

/** Hidden folders belong to tools (a repository's own files, for example) and are skipped. Links are followed. */
async function walkFolder(folder: Buffer, inside: string, walk: Walk): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(() => null);
  if (entries === null) {
    walk.found.push(unreadable(inside.replace(/\/$/, ''), 'is a folder that may not be read'));
    return;
  }
  const names = decodeNames(
    entries.map((entry) => entry.name),
    western,
  );
  const named = entries.map((entry, i) => ({ entry, name: names[i] ?? '' })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { entry, name } of named) {
    const path = joined(folder, entry.name);
    const full = `${inside}${name}`;
    if (isLitter(entry.isDirectory() ? `${name}/x` : name)) continue;
    if (entry.isDirectory()) {
      const real = await realpath(path).catch(() => null);
      await walkFolder(path, `${full}/`, { found: walk.found, above: real === null ? walk.above : [...walk.above, real] });
    } else if (entry.isFile()) walk.found.push(await byteSourceFromPath(path, full));
    else if (entry.isSymbolicLink()) await followLink(path, full, walk);
  }
}

/**
 * A file, or all files below a folder, named as in a dropped folder. A link that leads nowhere or in a circle becomes a file that cannot be
 * read. Rejects with `file.unreadable` where there is nothing at the path.
 */
export async function byteSourcesFromPath(path: string): Promise<ByteSource[]> {
  const given = await stat(path).catch((cause: unknown) => {
    throw new PlaygroundError('file.unreadable', `${path}: there is no such file or folder`, { subject: path, cause });
  });
  if (!given.isDirectory()) return [await byteSourceFromPath(path, basename(path))];
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw new PlaygroundError('file.unreadable', `${path}: this folder may not be read`, { subject: path, cause });
  });
  const found: ByteSource[] = [];
  await walkFolder(Buffer.from(path), '', { found, above: [await realpath(path)] });
  return found;
}
