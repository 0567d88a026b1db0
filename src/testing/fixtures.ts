/** Seeded random arrays for tests: the same seed gives the same numbers everywhere. */
export class Fixtures {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A uniform number from 0 to 1, by mulberry32 (Tommy Ettinger, public domain). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Normally distributed numbers with standard deviation `scale` around `mean` (Box and Muller). */
  normal(length: number, scale = 1, mean = 0): Float64Array {
    return Float64Array.from(
      { length },
      () => mean + scale * Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next()),
    );
  }

  uniform(length: number, from = -1, to = 1): Float64Array {
    return Float64Array.from({ length }, () => from + (to - from) * this.next());
  }

  /** Whole numbers from `from` to `to`, both included. */
  integers(length: number, from: number, to: number): Int32Array {
    return Int32Array.from({ length }, () => from + Math.floor(this.next() * (to - from + 1)));
  }

  /** A dropout mask: 0 with probability p, else 1 / (1 - p). */
  mask(length: number, p: number): Float64Array {
    return Float64Array.from({ length }, () => (this.next() < p ? 0 : 1 / (1 - p)));
  }
}
