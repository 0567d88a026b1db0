/** Downloads kept as files: the elements in `KEY.part`, what is known of them in `KEY.json`, KEY a digest of the address. */
import { z } from 'zod';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { DownloadCache, KeptDownload } from './hub.js';
import { byteSourceFromBlob } from '../../containers/sources.js';

/** What a cache needs from a folder. */
export interface CacheFolder {
  /** Length in bytes, or null where there is no such file. */
  size(name: string): Promise<number | null>;
  /** Replaces the whole file. */
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Writes at `offset`, which is the file's length. */
  append(name: string, offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Flushes and closes what {@link append} keeps open. */
  release(name: string): Promise<void>;
  /** The file as a source; messages call it `label`. */
  open(name: string, label: string): Promise<ByteSource>;
}

/** A folder that can also list and delete files. */
export interface ModelFolder extends CacheFolder {
  list(): Promise<readonly string[]>;
  /** Nothing where there is no such file; rejects with `file.unreadable` where it is being written. */
  remove(name: string): Promise<void>;
}

const recordSchema = z.object({
  version: z.literal(1),
  address: z.string(),
  total: z.number().nullable(),
  validator: z.string().nullable(),
  complete: z.boolean(),
});
type DownloadRecord = z.infer<typeof recordSchema>;

async function keyOf(address: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address)));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The file name of a download's bytes in the folder. */
export const storedName = async (address: string): Promise<string> => `${await keyOf(address)}.part`;

/** Keeps downloads in a folder, over restarts. A record that cannot be read counts as none. */
export function folderDownloadCache(folder: CacheFolder): DownloadCache {
  const readRecord = async (key: string): Promise<DownloadRecord | null> => {
    const size = await folder.size(`${key}.json`);
    if (size === null || size > 2 ** 16) return null;
    const source = await folder.open(`${key}.json`, 'record');
    try {
      const parsed = recordSchema.safeParse(JSON.parse(new TextDecoder().decode(await source.read(0, source.size))));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  };
  const writeRecord = (key: string, record: DownloadRecord): Promise<void> =>
    folder.write(`${key}.json`, new TextEncoder().encode(JSON.stringify(record)));
  /** Lengths of the files being written, which their open handles may not show yet. */
  const lengths = new Map<string, number>();

  return {
    async find(address): Promise<KeptDownload | null> {
      const key = await keyOf(address);
      const record = await readRecord(key);
      const received = lengths.get(key) ?? (await folder.size(`${key}.part`));
      if (record?.address !== address || received === null) return null;
      // Where a complete file's length differs from the recorded one, something else has changed the file.
      const complete = record.complete && (record.total === null || record.total === received);
      return { received, total: record.total, validator: record.validator, complete };
    },
    async begin(address, { total, validator }) {
      const key = await keyOf(address);
      await folder.release(`${key}.part`);
      await folder.write(`${key}.part`, new Uint8Array());
      lengths.set(key, 0);
      await writeRecord(key, { version: 1, address, total, validator, complete: false });
    },
    async append(address, bytes) {
      const key = await keyOf(address);
      const offset = lengths.get(key) ?? (await folder.size(`${key}.part`)) ?? 0;
      await folder.append(`${key}.part`, offset, bytes);
      lengths.set(key, offset + bytes.length);
    },
    async settle(address, complete) {
      const key = await keyOf(address);
      await folder.release(`${key}.part`);
      lengths.delete(key);
      const record = await readRecord(key);
      if (!record)
        throw new PlaygroundError('file.unreadable', `${address}: the downloaded file is no longer in the cache`, {
          subject: address,
        });
      const received = (await folder.size(`${key}.part`)) ?? 0;
      if (complete) await writeRecord(key, { ...record, complete, total: received });
    },
    async open(address, name) {
      return folder.open(await storedName(address), name);
    },
  };
}

const isMissing = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'NotFoundError';

const unwritable = (name: string, cause: unknown): PlaygroundError =>
  new PlaygroundError(
    'file.unreadable',
    `${name}: the browser's private storage cannot be written; it may be full, or open in another tab`,
    { subject: name, cause },
  );

async function fileIn(directory: FileSystemDirectoryHandle, name: string): Promise<File | null> {
  try {
    return await (await directory.getFileHandle(name)).getFile();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A folder of the origin's private file system. Works only in a dedicated worker, where files may be written in place. */
export function privateFolder(directory: FileSystemDirectoryHandle): ModelFolder {
  const handles = new Map<string, FileSystemSyncAccessHandle>();
  const handleOf = async (name: string): Promise<FileSystemSyncAccessHandle> => {
    const open = handles.get(name);
    if (open) return open;
    const file = await directory.getFileHandle(name, { create: true });
    const handle = await file.createSyncAccessHandle();
    handles.set(name, handle);
    return handle;
  };
  const release = async (name: string): Promise<void> => {
    handles.get(name)?.close();
    handles.delete(name);
  };
  return {
    size: async (name) => handles.get(name)?.getSize() ?? (await fileIn(directory, name))?.size ?? null,
    async write(name, bytes) {
      try {
        const handle = await handleOf(name);
        handle.truncate(0);
        handle.write(bytes, { at: 0 });
        await release(name);
      } catch (cause) {
        await release(name);
        throw unwritable(name, cause);
      }
    },
    async append(name, offset, bytes) {
      try {
        const written = (await handleOf(name)).write(bytes, { at: offset });
        if (written < bytes.length) throw new Error(`${written} of ${bytes.length} bytes were written`);
      } catch (cause) {
        throw unwritable(name, cause);
      }
    },
    release,
    async list() {
      const names: string[] = [];
      for await (const name of directory.keys()) names.push(name);
      return names;
    },
    async remove(name) {
      await release(name);
      try {
        await directory.removeEntry(name);
      } catch (cause) {
        if (!isMissing(cause)) throw unwritable(name, cause);
      }
    },
    async open(name, label) {
      await release(name);
      const file = await fileIn(directory, name);
      if (!file) throw new PlaygroundError('file.unreadable', `${label}: is not in the cache`, { subject: label });
      return byteSourceFromBlob(label, file);
    },
  };
}
