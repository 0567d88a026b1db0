import type { SkippedFile } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import { framingKey, WHOLE_PICTURE, type Framing } from '../vit/framing.js';
import { mapConcurrently } from './concurrent.js';
import { Random } from './random.js';
import type { Dataset } from './types.js';

/** Pictures decoded at a time. Decoding runs on its own threads in both hosts, but each picture under way is in memory at its full size. */
const DECODED_AT_ONCE = 3;
const DEFAULT_MEMORY = 256 * 2 ** 20;

/** A place outside memory for resized pictures: the origin's private files, or a folder. */
export interface PixelStore {
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** The order in which an epoch goes through its examples; the same for the same (seed, epoch). */
export function epochOrder(seed: number, epoch: number, indices: readonly number[]): number[] {
  return new Random('epoch order', seed, epoch).shuffled(indices);
}

export interface PixelCacheOptions {
  readonly store?: PixelStore;
  /** The most bytes of pixels to keep in memory. */
  readonly memoryBytes?: number;
  /** How a picture becomes a square; stretched by default. */
  readonly framing?: Framing;
}

/** The store's key for a picture's pixels at a side, by {@link Dataset.key}. */
export const pixelKey = (side: number, framing: Framing, key: number): string => `${framingKey(side, framing)}/${key}`;

/** The store's key for the digest of what a picture's pixels were made from, by {@link Dataset.key}. */
export const digestKey = (key: number): string => `digest/${key}`;

/** Reads such a digest from a store; undefined where it has none. */
export async function storedDigest(store: PixelStore, key: number): Promise<string | undefined> {
  const bytes = await store.get(digestKey(key)).catch(() => undefined);
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * A data set at one side. Each picture is decoded once: its RGBA bytes are kept in memory up to a limit, and all of them in the store, if
 * there is one. Without a store, pictures that do not fit into memory are decoded again each time.
 */
export class PixelCache {
  readonly dataset: Dataset;
  readonly side: number;
  readonly framing: Framing;
  readonly #memory = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #underWay = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #broken = new Map<number, SkippedFile>();
  readonly #memoryBytes: number;
  #store: PixelStore | undefined;
  #storeProblem: string | null = null;
  #used = 0;

  constructor(
    dataset: Dataset,
    side: number,
    { store, memoryBytes = DEFAULT_MEMORY, framing = WHOLE_PICTURE }: PixelCacheOptions = {},
  ) {
    this.dataset = dataset;
    this.side = side;
    this.framing = framing;
    this.#store = store;
    this.#memoryBytes = memoryBytes;
  }

  /** Bytes of pixels in memory. */
  get memoryUsed(): number {
    return this.#used;
  }

  /** Why the store is no longer written to, such as a full disk; null while all is well. */
  get storeProblem(): string | null {
    return this.#storeProblem;
  }

  /** The pictures found so far that cannot be decoded. */
  get broken(): readonly SkippedFile[] {
    return [...this.#broken.values()];
  }

  /** The indices whose pictures are not known to be broken. */
  usable(indices: readonly number[]): number[] {
    return indices.filter((index) => !this.#broken.has(index));
  }

  async #fromStore(index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const bytes = await this.#store?.get(pixelKey(this.side, this.framing, this.dataset.key(index))).catch(() => undefined);
    return bytes?.length === this.side * this.side * 4 ? bytes : undefined;
  }

  async #toStore(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      const key = this.dataset.key(index);
      // Written before the pixels: without the digest, pixels could be taken for those of another picture.
      await this.#store?.put(digestKey(key), new TextEncoder().encode(await this.dataset.digest(index)));
      await this.#store?.put(pixelKey(this.side, this.framing, key), bytes);
    } catch (cause) {
      this.#store = undefined;
      this.#storeProblem = cause instanceof Error ? cause.message : String(cause);
    }
  }

  async #load(index: number): Promise<Uint8Array<ArrayBuffer>> {
    let bytes = await this.#fromStore(index);
    if (!bytes) {
      try {
        bytes = await this.dataset.pixels(index, this.side, this.framing);
      } catch (cause) {
        if (cause instanceof PlaygroundError && cause.code === 'data.image') {
          this.#broken.set(index, { name: this.dataset.nameOf(index), reason: cause.message });
        }
        throw cause;
      }
      await this.#toStore(index, bytes);
    }
    // The first pictures stay in memory. Each epoch visits every picture once, so replacing the oldest would never find one in memory.
    if (this.#used + bytes.length <= this.#memoryBytes && !this.#memory.has(index)) {
      this.#memory.set(index, bytes);
      this.#used += bytes.length;
    }
    return bytes;
  }

  /** [side, side, 4] RGBA, not to be written to. Rejects with `data.image` where the picture cannot be decoded. */
  async get(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.#memory.get(index);
    if (known) return known;
    const begun = this.#underWay.get(index);
    if (begun) return begun;
    const loading = this.#load(index).finally(() => this.#underWay.delete(index));
    this.#underWay.set(index, loading);
    return loading;
  }

  /** As {@link Dataset.digest}. Where the store has the pixels, it is the digest of what they were made from. */
  async digest(index: number): Promise<string> {
    const kept = this.#store && (await storedDigest(this.#store, this.dataset.key(index)));
    return kept ?? this.dataset.digest(index);
  }

  /**
   * Decodes the pictures that are not decoded yet, in the data set's order. Broken ones are recorded, and {@link usable} leaves them out.
   *
   * @returns the broken pictures. Rejects with `cancelled` where the signal aborts, and with any error that is not a picture's fault.
   */
  async prepare(
    indices: readonly number[],
    options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
  ): Promise<readonly SkippedFile[]> {
    let done = 0;
    const ordered = [...indices].sort((a, b) => a - b);
    await mapConcurrently(ordered, DECODED_AT_ONCE, async (index) => {
      if (options.signal?.aborted)
        throw new PlaygroundError('cancelled', `${this.dataset.name}: reading the pictures was stopped`);
      try {
        await this.get(index);
      } catch (cause) {
        if (!this.#broken.has(index)) throw cause;
      }
      options.onProgress?.(++done, ordered.length);
    });
    return ordered.flatMap((index) => this.#broken.get(index) ?? []);
  }

  /**
   * [B, side, side, 4] RGBA of the indices, in their order, in a new buffer.
   * @param change returns other pixels for a picture's, without writing to them.
   */
  async batch(indices: readonly number[], change?: ChangePixels): Promise<Uint8Array<ArrayBuffer>> {
    const each = this.side * this.side * 4;
    const pixels = new Uint8Array(indices.length * each);
    await this.each(indices, (own, index, position) => pixels.set(change ? change(own, index) : own, position * each));
    return pixels;
  }

  /** Calls `work` with the pixels of each of the indices, not to be written to, and its position among them, in any order. */
  async each(
    indices: readonly number[],
    work: (pixels: Uint8Array<ArrayBuffer>, index: number, position: number) => void,
  ): Promise<void> {
    await mapConcurrently(indices, DECODED_AT_ONCE, async (index, position) => work(await this.get(index), index, position));
  }
}

/** What a training epoch makes of a picture's pixels, by its index in the data set. */
export type ChangePixels = (pixels: Uint8Array, index: number) => Uint8Array<ArrayBuffer>;

export interface Batch<P = Uint8Array<ArrayBuffer>> {
  readonly indices: readonly number[];
  /** [B, side, side, 4] RGBA, or what stands for it. */
  readonly pixels: P;
  /** [B]. */
  readonly labels: Uint32Array<ArrayBuffer>;
}

/**
 * Iterates over the order in batches, and reads the next batch while the caller works on this one.
 *
 * @param dropLast leaves out a last batch that is not full, as the recipe does in training.
 * @param change as for {@link PixelCache.batch}.
 */
export function readBatches(
  cache: PixelCache,
  order: readonly number[],
  batchSize: number,
  { dropLast = false, change }: { dropLast?: boolean; change?: ChangePixels | undefined } = {},
): AsyncGenerator<Batch, void> {
  return batchesOf(cache.dataset, order, { batchSize, dropLast }, (indices) => cache.batch(indices, change));
}

/** As {@link readBatches}, where `pixelsOf` says what a batch's pixels are. */
export async function* batchesOf<P>(
  dataset: Dataset,
  order: readonly number[],
  { batchSize, dropLast }: { readonly batchSize: number; readonly dropLast: boolean },
  pixelsOf: (indices: readonly number[]) => Promise<P>,
): AsyncGenerator<Batch<P>, void> {
  const read = async (from: number): Promise<Batch<P>> => {
    const indices = order.slice(from, from + batchSize);
    const labels = Uint32Array.from(indices, (index) => dataset.label(index));
    return { indices, pixels: await pixelsOf(indices), labels };
  };
  const end = dropLast ? order.length - (order.length % batchSize) : order.length;
  let next = end > 0 ? read(0) : undefined;
  for (let from = 0; next; from += batchSize) {
    const batch = await next;
    next = from + batchSize < end ? read(from + batchSize) : undefined;
    // The caller handles a rejection when it asks for the batch; until then it must not count as unhandled.
    next?.catch(() => undefined);
    yield batch;
  }
}
