/** What a sweep's runs cost beside each other, in any unit. */
export interface SweepWork {
  /** Multiply-accumulates of one picture's forward. */
  readonly macs: number;
  readonly epochs: number;
  /** Pictures of an epoch. */
  readonly pictures: number;
}

const size = ({ macs, epochs, pictures }: SweepWork): number => macs * epochs * pictures;

/**
 * How long a queue of runs still takes: each run's time is taken to be proportional to its multiply-accumulates, by what the
 * finished ones took. Preparation and overhead make small runs slower than that, so the estimate is low at first.
 */
export class SweepEstimate {
  #waiting: SweepWork[];
  #done = 0;
  #seconds = 0;

  constructor(runs: readonly SweepWork[]) {
    this.#waiting = [...runs];
  }

  /** The first waiting run has taken so long. */
  finished(seconds: number): void {
    const run = this.#waiting.shift();
    if (!run) return;
    this.#done += size(run);
    this.#seconds += seconds;
  }

  /** The first waiting run is not trained after all. */
  skipped(): void {
    this.#waiting.shift();
  }

  /** Null until a run has finished. */
  get secondsLeft(): number | null {
    if (this.#done === 0) return null;
    return (this.#seconds / this.#done) * this.#waiting.reduce((sum, run) => sum + size(run), 0);
  }
}
