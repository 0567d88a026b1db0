import { describeKept } from '../../data/kept/kept.js';
import { PackedStore, type RandomAccessFile } from '../../data/kept/packed-store.js';
import type { KeptDataset } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';

/** The folder of the origin's private file system with a folder for each data set. */
const FOLDER = 'pictures';
const PIXELS = 'pixels';
const INDEX = 'index';

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

async function openFile(directory: FileSystemDirectoryHandle, name: string): Promise<RandomAccessFile> {
  const handle = await directory.getFileHandle(name, { create: true });
  return handle.createSyncAccessHandle();
}

/**
 * Opens the store of a data set by the set's fingerprint. Only a worker can, and only one at a time.
 *
 * @returns null where another tab has it open or the browser has no such storage: pictures are then decoded anew.
 */
export async function openPixelStore(fingerprint: string): Promise<PackedStore | null> {
  try {
    const directory = await (await folder()).getDirectoryHandle(fingerprint, { create: true });
    const data = await openFile(directory, PIXELS);
    try {
      return new PackedStore(data, await openFile(directory, INDEX));
    } catch (cause) {
      data.close();
      throw cause;
    }
  } catch {
    return null;
  }
}

/** Reads what the store of a data set says of itself, even while it is open. Null where its files cannot be read. */
async function lookAt(directory: FileSystemDirectoryHandle): Promise<{ set: KeptDataset; used: number } | null> {
  try {
    const data = await (await directory.getFileHandle(PIXELS)).getFile();
    const index = await (await directory.getFileHandle(INDEX)).getFile();
    const described = await describeKept(data, index);
    const about = described ?? { name: null, pictures: 0, classes: 0, side: 0 };
    return { set: { id: directory.name, ...about, bytes: data.size + index.size }, used: index.lastModified };
  } catch {
    return null;
  }
}

/** What is kept, the latest used first, without reading pixels; empty where the browser keeps no files. */
export async function keptDatasets(): Promise<KeptDataset[]> {
  const found: { set: KeptDataset; used: number }[] = [];
  const all = await folder().catch(() => null);
  if (!all) return [];
  for await (const entry of all.values()) {
    const looked = entry instanceof FileSystemDirectoryHandle ? await lookAt(entry) : null;
    if (looked) found.push(looked);
  }
  return found.sort((a, b) => b.used - a.used).map(({ set }) => set);
}

/** Deletes what is kept of a data set. Rejects with `usage` where it is open, here or in another tab. */
export async function deletePixelStore(fingerprint: string): Promise<void> {
  const store = await openPixelStore(fingerprint);
  if (!store) {
    throw new PlaygroundError('usage', 'this data set is open in another tab; close that one to delete it', { subject: 'data' });
  }
  store.close();
  await (await folder()).removeEntry(fingerprint, { recursive: true });
}
