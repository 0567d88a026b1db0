import type { PixelStore } from '../batches.js';

/** A store that a data set may have had before this one. */
export interface KeptStore extends PixelStore {
  /** Lets go all that there is. */
  clear(): Promise<void>;
}

/** A file that is read and written at any place, at once; `FileSystemSyncAccessHandle` is one. */
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

/** The pieces that an index names and the data holds, and where the index's last whole line ends: the rest was cut off. */
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

/** One piece of a {@link PackedStore} out of its files, without opening it: another may have it open. Null where there is none. */
export async function readPacked(data: Blob, index: Blob, key: string): Promise<Uint8Array<ArrayBuffer> | null> {
  const place = readIndex(await index.bytes(), data.size).places.get(key);
  return place ? data.slice(place.at, place.at + place.length).bytes() : null;
}

/**
 * Many small pieces in two files: the bytes one behind the other, and a line of `key offset length` for each. A file for each
 * piece would take a browser milliseconds apiece. The line is written behind the bytes, so what a crash cuts off is only lost.
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
    // A line without its end belongs to a write that was cut off.
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
    // The index first: what it does not name is nobody's.
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
