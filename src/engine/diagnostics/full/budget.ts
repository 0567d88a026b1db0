/** A time that is shared out: what does not fit any more is left, and named. */
export class Budget {
  readonly #ends: number;
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes on. */
  constructor(seconds: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#ends = now() + 1000 * seconds;
  }

  /** Seconds. */
  get left(): number {
    return Math.max(0, (this.#ends - this.#now()) / 1000);
  }

  /** A part of what is left, from 0 to 1. */
  part(share: number): Budget {
    return new Budget(share * this.left, this.#now);
  }
}
