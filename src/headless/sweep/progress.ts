import { SweepEstimate, type SweepWork } from '../../engine/training/sweep.js';

/** Where a sweep is among its runs, and how long it still takes by what the finished ones took. */
export class Progress {
  readonly #estimate: SweepEstimate;
  readonly #count: number;
  #at = 0;

  constructor(runs: readonly SweepWork[]) {
    this.#estimate = new SweepEstimate(runs);
    this.#count = runs.length;
  }

  skipped(): void {
    this.#at++;
    this.#estimate.skipped();
  }

  finished(seconds: number): void {
    this.#at++;
    this.#estimate.finished(seconds);
  }

  place(): string {
    return `Run ${this.#at + 1} of ${this.#count}`;
  }

  /** Words for the time that is left; none before a run has finished. */
  left(words: (seconds: number) => string): string {
    const { secondsLeft } = this.#estimate;
    return secondsLeft === null ? '' : words(secondsLeft);
  }
}
