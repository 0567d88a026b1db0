/** An amount of time that several tasks share. */
export class Budget {
  readonly #ends: number;
  readonly #now: () => number;

  /** @param now a clock in milliseconds that never goes back. */
  constructor(seconds: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#ends = now() + 1000 * seconds;
  }

  /** Seconds that are left. */
  get left(): number {
    return Math.max(0, (this.#ends - this.#now()) / 1000);
  }

  /** A budget of a share of the time that is left, from 0 to 1. */
  part(share: number): Budget {
    return new Budget(share * this.left, this.#now);
  }
}
