/** The work of a sweep's run, relative to the other runs. */
export interface SweepWork {
  /** The multiply-accumulates of one picture's forward. */
  readonly macs: number;
  readonly epochs: number;
  /** The pictures of an epoch. */
  readonly pictures: number;
}

const size = ({ macs, epochs, pictures }: SweepWork): number => macs * epochs * pictures;

/**
 * Estimates how long a queue of runs still takes. A run's time is assumed proportional to its multiply-accumulates, at the speed of the
 * finished runs.
 */
export class SweepEstimate {
  #waiting: SweepWork[];
  #done = 0;
  #seconds = 0;

  constructor(runs: readonly SweepWork[]) {
    this.#waiting = [...runs];
  }

  /** Records how long the first waiting run took. */
  finished(seconds: number): void {
    const run = this.#waiting.shift();
    if (!run) return;
    this.#done += size(run);
    this.#seconds += seconds;
  }

  /** Removes the first waiting run, which is not trained after all. */
  skipped(): void {
    this.#waiting.shift();
  }

  /** Null until a run has finished. */
  get secondsLeft(): number | null {
    if (this.#done === 0) return null;
    return (this.#seconds / this.#done) * this.#waiting.reduce((sum, run) => sum + size(run), 0);
  }
}
