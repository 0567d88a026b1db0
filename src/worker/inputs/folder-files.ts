import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { SmallReads } from './small-reads.js';

/** Files that are opened at a time: each is a request to the browser's process. */
const AT_A_TIME = 64;

export const cancelled = (): PlaygroundError => new PlaygroundError('cancelled', 'The files that were given are no longer open.');

/** A source for a file that the browser may not read: reading it rejects with the reason. */
const unreadable = (name: string): ByteSource => ({
  name,
  size: 0,
  read: () => Promise.reject(new PlaygroundError('file.unreadable', `${name}: the browser could not read it`, { subject: name })),
});

/**
 * All files below a folder, by their path from its name on.
 *
 * @param found is called with the number of files found so far. Rejects with `cancelled` when the signal aborts.
 */
export async function filesBelow(
  folder: FileSystemDirectoryHandle,
  reads: SmallReads,
  signal: AbortSignal,
  found: (files: number) => void,
): Promise<ByteSource[]> {
  const sources: ByteSource[] = [];
  const folders = [{ handle: folder, path: folder.name }];
  for (let next = folders.pop(); next; next = folders.pop()) {
    const { handle, path } = next;
    let waiting: FileSystemFileHandle[] = [];
    const take = async (): Promise<void> => {
      if (signal.aborted) throw cancelled();
      const taken = await Promise.all(
        waiting.map((file) => {
          const name = `${path}/${file.name}`;
          return file.getFile().then(
            (blob) => reads.source(name, blob),
            () => unreadable(name),
          );
        }),
      );
      for (const source of taken) sources.push(source);
      waiting = [];
      found(sources.length);
    };
    for await (const entry of handle.values()) {
      if (entry.kind === 'directory') folders.push({ handle: entry, path: `${path}/${entry.name}` });
      else if (waiting.push(entry) === AT_A_TIME) await take();
    }
    await take();
  }
  return sources.sort((a, b) => (a.name < b.name ? -1 : 1));
}
