import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderDownloadCache } from '../../formats/hub/folder-cache.js';
import type { DownloadCache } from '../../formats/hub/hub.js';
import { unwritable } from '../machine/system-errors.js';
import { byteSourceFromPath } from './files.js';

/**
 * Downloads kept in a folder on disk, which is made when the first one begins. Rejects with `file.unwritable` where the disk is
 * full or refuses.
 */
export function diskDownloadCache(path: string): DownloadCache {
  const at = (name: string): string => join(path, name);
  const refused =
    (name: string) =>
    (cause: unknown): never => {
      throw unwritable(at(name), cause);
    };
  return folderDownloadCache({
    async size(name) {
      try {
        return (await stat(at(name))).size;
      } catch {
        return null;
      }
    },
    async write(name, bytes) {
      await mkdir(path, { recursive: true }).catch(refused(name));
      await writeFile(at(name), bytes).catch(refused(name));
    },
    // `offset` is where the file ends.
    append: (name, _offset, bytes) => appendFile(at(name), bytes).catch(refused(name)),
    release: async () => undefined,
    open: (name, label) => byteSourceFromPath(at(name), label),
  });
}
