import type { ModelFolder } from '../formats/hub/folder-cache.js';
import { byteSourceFromBlob } from '../containers/sources.js';
import { PlaygroundError } from '../vit/errors.js';

export interface MemoryFolder extends ModelFolder {
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
  /** The most bytes that it holds; it refuses more like a full disk. */
  capacity: number;
}

/** A folder in memory. */
export function memoryFolder(): MemoryFolder {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const used = (): number => [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const folder: MemoryFolder = {
    files,
    capacity: Infinity,
    size: async (name) => files.get(name)?.length ?? null,
    write: async (name, bytes) => void files.set(name, bytes.slice()),
    async append(name, offset, bytes) {
      if (used() + bytes.length > folder.capacity) throw new PlaygroundError('file.unreadable', `${name}: the folder is full`);
      const whole = new Uint8Array(offset + bytes.length);
      whole.set(files.get(name) ?? new Uint8Array());
      whole.set(bytes, offset);
      files.set(name, whole);
    },
    release: async () => undefined,
    list: async () => [...files.keys()],
    remove: async (name) => void files.delete(name),
    async open(name, label) {
      const bytes = files.get(name);
      if (!bytes) throw new PlaygroundError('file.unreadable', `${label}: is not in the folder`, { subject: label });
      return byteSourceFromBlob(label, new Blob([bytes]));
    },
  };
  return folder;
}
