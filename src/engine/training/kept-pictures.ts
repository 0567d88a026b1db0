import { batchesOf, readBatches, type Batch, type ChangePixels, type PixelCache } from '../../data/batches.js';
import type { Gathered, KeptPictures } from '../plan/machine.js';
import type { Network } from '../model/types.js';

/**
 * The training part's pictures on the way to a network. Where a graphics card has room for all of them, each is uploaded when a batch first
 * needs it, and later batches name their places. The bytes are the same either way.
 */
export class TrainingPictures {
  readonly #pictures: PixelCache;
  readonly #kept: KeptPictures | null;
  readonly #placeOf: ReadonlyMap<number, number>;
  readonly #there = new Set<number>();

  private constructor(pictures: PixelCache, indices: readonly number[], kept: KeptPictures | null) {
    this.#pictures = pictures;
    this.#kept = kept;
    this.#placeOf = new Map(indices.map((index, place) => [index, place]));
  }

  /** @param changed whether every epoch changes the pictures, so that there is nothing to keep. */
  static async open(
    network: Network,
    pictures: PixelCache,
    indices: readonly number[],
    changed: boolean,
  ): Promise<TrainingPictures> {
    const kept = changed ? null : await network.keepPictures?.(indices.length);
    return new TrainingPictures(pictures, indices, kept ?? null);
  }

  /** The bytes that the network keeps of them. */
  get bytes(): number {
    return this.#kept?.bytes ?? 0;
  }

  /** The full batches of an order, as {@link readBatches}. */
  batches(
    order: readonly number[],
    batchSize: number,
    change: ChangePixels | undefined,
  ): AsyncGenerator<Batch<Uint8Array<ArrayBuffer> | Gathered>, void> {
    const kept = this.#kept;
    if (!kept) return readBatches(this.#pictures, order, batchSize, { dropLast: true, change });
    return batchesOf(this.#pictures.dataset, order, { batchSize, dropLast: true }, (indices) => this.#gather(kept, indices));
  }

  async #gather(kept: KeptPictures, indices: readonly number[]): Promise<Gathered> {
    const place = (index: number): number => {
      const known = this.#placeOf.get(index);
      if (known === undefined) throw new Error(`picture ${index} is not of the training part`);
      return known;
    };
    const missing = indices.filter((index) => !this.#there.has(index));
    await this.#pictures.each(missing, (pixels, index) => {
      kept.write(place(index), pixels);
      this.#there.add(index);
    });
    return { from: kept, places: indices.map(place) };
  }

  destroy(): void {
    this.#kept?.release();
  }
}
