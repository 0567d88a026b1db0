/** Length of a cache line in bytes. */
const LINE = 64;
/** Size of a 32-bit address space. */
const LIMIT = 2 ** 32;

interface Hole {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Allocates addresses in a memory that only grows. The memories of all workers have the same layout, so one heap serves all of them. First
 * fit; freed ranges are joined with their neighbours.
 */
export class Heap {
  #holes: Hole[] = [];
  readonly #taken = new Map<number, number>();
  #top: number;
  /** Bytes that are allocated now. */
  used = 0;

  constructor(base: number) {
    this.#top = aligned(base);
  }

  /** One past the highest byte that was ever allocated: the size that the memory needs. */
  get end(): number {
    return this.#top;
  }

  /** @returns the address of a new range of this many bytes, aligned to a cache line. Throws a RangeError beyond the address space. */
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
