import { PackedStore, type RandomAccessFile } from '../data/packed-store.js';

/** The folder of the origin's private file system that holds one folder for each data set. */
const FOLDER = 'pictures';

async function folder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create: true });
}

async function openFile(directory: FileSystemDirectoryHandle, name: string): Promise<RandomAccessFile> {
  const handle = await directory.getFileHandle(name, { create: true });
  return handle.createSyncAccessHandle();
}

/**
 * The store of one data set, by its fingerprint. Only a worker can open it, and only one at a time.
 *
 * @returns null where another tab has it open or the browser has no such storage: then pictures are decoded anew.
 */
export async function openPixelStore(fingerprint: string): Promise<PackedStore | null> {
  try {
    const directory = await (await folder()).getDirectoryHandle(fingerprint, { create: true });
    const data = await openFile(directory, 'pixels');
    try {
      return new PackedStore(data, await openFile(directory, 'index'));
    } catch (cause) {
      data.close();
      throw cause;
    }
  } catch {
    return null;
  }
}

/** The fingerprints of what is kept. */
export async function keptFingerprints(): Promise<string[]> {
  const names: string[] = [];
  for await (const name of (await folder()).keys()) names.push(name);
  return names;
}

/** Deletes what is kept of a data set, which must not be open. */
export async function deletePixelStore(fingerprint: string): Promise<void> {
  await (await folder()).removeEntry(fingerprint, { recursive: true });
}
