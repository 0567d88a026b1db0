import type { Progress } from '../../plan/machine.js';

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

/** Thrown by a measurement that gives up because its time does not suffice. Nothing of it is under way any more. */
export class OutOfTime extends Error {}

/** The share of the time after which a prediction is believed. */
const BELIEVED_AFTER = 1 / 4;

/**
 * A callback that ends a compilation: when the time is over, and earlier if the shaders that are left would take longer than the time that is
 * left, at the speed of those that are ready.
 *
 * @param tell is called with all progress.
 */
export function compiledWithin(budget: Budget, tell: Progress = () => undefined): Progress {
  let left = budget.left;
  return (done, total, stage) => {
    tell(done, total, stage);
    if (stage !== 'Compiling shaders') return;
    if (done === 0) left = budget.left;
    const seconds = left - budget.left;
    const needed = done > 0 && seconds > BELIEVED_AFTER * left ? (seconds / done) * (total - done) : 0;
    if (done === total || (budget.left > 0 && needed <= budget.left)) return;
    throw new OutOfTime(`its shaders did not compile in the time, ${done} of ${total} in ${Math.round(seconds)} s`);
  };
}
