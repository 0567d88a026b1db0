import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderDownloadCache } from '../../formats/hub/folder-cache.js';
import type { DownloadCache } from '../../formats/hub/hub.js';
import { byteSourceFromPath } from './files.js';

/** Downloads kept in a folder on disk, which is made when the first one begins. */
export function diskDownloadCache(path: string): DownloadCache {
  const at = (name: string): string => join(path, name);
  return folderDownloadCache({
    async size(name) {
      try {
        return (await stat(at(name))).size;
      } catch {
        return null;
      }
    },
    async write(name, bytes) {
      await mkdir(path, { recursive: true });
      await writeFile(at(name), bytes);
    },
    // `offset` is where the file ends.
    append: (name, _offset, bytes) => appendFile(at(name), bytes),
    release: async () => undefined,
    open: (name, label) => byteSourceFromPath(at(name), label),
  });
}
