import { SweepEstimate, type SweepWork } from '../../engine/training/sweep.js';

/** Counts a sweep's finished runs, and estimates from their times how long the rest takes. */
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

  /** The time that is left, in words; empty until a run has finished. */
  left(words: (seconds: number) => string): string {
    const { secondsLeft } = this.#estimate;
    return secondsLeft === null ? '' : words(secondsLeft);
  }
}
