import type { PixelStore } from '../batches.js';

/** A store that may already contain another data set. */
export interface KeptStore extends PixelStore {
  /** Deletes everything. */
  clear(): Promise<void>;
}

/** A file that can be read and written at any position, synchronously, such as a `FileSystemSyncAccessHandle`. */
export interface RandomAccessFile {
  getSize(): number;
  read(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  write(buffer: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

interface Place {
  readonly at: number;
  readonly length: number;
}

/** The pieces that are in both the index and the data, and the end of the index's last complete line; anything after it is incomplete. */
function readIndex(index: Uint8Array<ArrayBuffer>, dataSize: number): { places: Map<string, Place>; end: number } {
  const places = new Map<string, Place>();
  const end = index.lastIndexOf(10) + 1;
  for (const line of new TextDecoder().decode(index.subarray(0, end)).split('\n')) {
    const match = /^(\S+) (\d+) (\d+)$/.exec(line);
    if (!match) continue;
    const place = { at: Number(match[2]), length: Number(match[3]) };
    if (place.at + place.length <= dataSize) places.set(match[1] ?? '', place);
  }
  return { places, end };
}

/**
 * Reads one piece of a {@link PackedStore} from its files without opening the store, which another worker may have open. Null where there
 * is no such piece.
 */
export async function readPacked(data: Blob, index: Blob, key: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const place = readIndex(await index.bytes(), data.size).places.get(key);
  return place ? data.slice(place.at, place.at + place.length).bytes() : null;
}

/**
 * Many small pieces in two files: their bytes one after another, and an index with a line `key offset length` for each. Separate files
 * would cost a browser milliseconds each. The line is written after the bytes, so that a crash loses only the piece that was being written.
 */
export class PackedStore implements KeptStore {
  readonly #data: RandomAccessFile;
  readonly #index: RandomAccessFile;
  readonly #places: Map<string, Place>;
  #dataEnd = 0;
  #indexEnd = 0;

  constructor(data: RandomAccessFile, index: RandomAccessFile) {
    this.#data = data;
    this.#index = index;
    const bytes = new Uint8Array(index.getSize());
    index.read(bytes, { at: 0 });
    const { places, end } = readIndex(bytes, data.getSize());
    this.#places = places;
    for (const { at, length } of places.values()) this.#dataEnd = Math.max(this.#dataEnd, at + length);
    // A line without an end comes from an interrupted write.
    this.#indexEnd = end;
    if (bytes.length > end) index.truncate(end);
  }

  get size(): number {
    return this.#dataEnd;
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const place = this.#places.get(key);
    if (!place) return undefined;
    const bytes = new Uint8Array(place.length);
    return this.#data.read(bytes, { at: place.at }) === place.length ? bytes : undefined;
  }

  /** @param key without white space. Rejects where the disk, or the origin's share of it, is full. */
  async put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const at = this.#dataEnd;
    if (this.#data.write(bytes, { at }) !== bytes.length) throw new Error('the storage is full');
    const line = new TextEncoder().encode(`${key} ${at} ${bytes.length}\n`);
    if (this.#index.write(line, { at: this.#indexEnd }) !== line.length) throw new Error('the storage is full');
    this.#dataEnd += bytes.length;
    this.#indexEnd += line.length;
    this.#places.set(key, { at, length: bytes.length });
  }

  async clear(): Promise<void> {
    // The index is emptied first: data without an entry in the index is free.
    this.#index.truncate(0);
    this.#data.truncate(0);
    this.#places.clear();
    this.#dataEnd = 0;
    this.#indexEnd = 0;
  }

  flush(): void {
    this.#data.flush();
    this.#index.flush();
  }

  close(): void {
    this.flush();
    this.#data.close();
    this.#index.close();
  }
}
