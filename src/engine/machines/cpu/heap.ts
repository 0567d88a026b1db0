/** Where lines of the cache begin. */
const LINE = 64;
/** A 32-bit memory's end. */
const LIMIT = 2 ** 32;

interface Hole {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Places in a memory that only grows, as numbers alone: the memories of all workers are laid out alike, so one book is kept for all
 * of them. First fit; what is freed joins its neighbours.
 */
export class Heap {
  #holes: Hole[] = [];
  readonly #taken = new Map<number, number>();
  #top: number;
  /** Bytes that are taken now. */
  used = 0;

  constructor(base: number) {
    this.#top = aligned(base);
  }

  /** One past the highest byte that was ever taken: what the memory must have. */
  get end(): number {
    return this.#top;
  }

  /** @returns the place of this many bytes, which begin with a line of the cache. Throws a RangeError where the memory has an end. */
  allocate(length: number): number {
    const bytes = aligned(Math.max(1, length));
    const index = this.#holes.findIndex((hole) => hole.bytes >= bytes);
    const hole = this.#holes[index];
    const at = hole?.at ?? this.#top;
    if (hole) {
      const rest = hole.bytes > bytes ? [{ at: at + bytes, bytes: hole.bytes - bytes }] : [];
      this.#holes.splice(index, 1, ...rest);
    } else {
      if (this.#top + bytes > LIMIT)
        throw new RangeError(`the kernels' memory ends at ${LIMIT} bytes, and ${this.#top} are in use`);
      this.#top += bytes;
    }
    this.#taken.set(at, bytes);
    this.used += bytes;
    return at;
  }

  free(at: number): void {
    const bytes = this.#taken.get(at);
    if (bytes === undefined) throw new Error(`nothing was placed at ${at}`);
    this.#taken.delete(at);
    this.used -= bytes;
    this.#holes.push({ at, bytes });
    this.#holes.sort((a, b) => a.at - b.at);
    this.#holes = this.#holes.reduce<Hole[]>((joined, hole) => {
      const last = joined.at(-1);
      if (last && last.at + last.bytes === hole.at) joined[joined.length - 1] = { at: last.at, bytes: last.bytes + hole.bytes };
      else joined.push(hole);
      return joined;
    }, []);
    const last = this.#holes.at(-1);
    if (last && last.at + last.bytes === this.#top) {
      this.#top = last.at;
      this.#holes.pop();
    }
  }
}

function aligned(address: number): number {
  return Math.ceil(address / LINE) * LINE;
}
