/** Steps over which the present speed is taken: a second or so on a software adapter's small models, less on a card. */
const WINDOW = 16;

/** Seconds between two ticks of the coarsest clock that browsers give. What took less is taken to have taken one: no rate is infinite. */
const TICK = 1e-3;

/** A rate, from what was counted and the seconds that it took; finite whatever the clock says. */
export function perSecond(count: number, seconds: number): number {
  return count / Math.max(seconds, TICK);
}

/** How fast steps come back: the present throughput for a person, the median for the record. Times are in milliseconds. */
export class Pace {
  readonly #durations: number[] = [];
  #window: { readonly milliseconds: number; readonly images: number }[] = [];
  #last = 0;

  /** Begins (again) to measure: at an epoch's start, and after a pause. */
  start(): void {
    this.#last = performance.now();
  }

  /** A step's result has come back. */
  arrived(images: number): void {
    const now = performance.now();
    const milliseconds = now - this.#last;
    this.#last = now;
    this.#durations.push(milliseconds);
    // A run's first step also pays for what the driver compiles late: it says little of those that follow.
    const before = this.#durations.length === 2 ? [] : this.#window;
    this.#window = [...before, { milliseconds, images }].slice(-WINDOW);
  }

  get imagesPerSecond(): number {
    const images = this.#window.reduce((sum, step) => sum + step.images, 0);
    return perSecond(images, this.#windowSeconds);
  }

  get secondsPerStep(): number {
    return this.#windowSeconds / Math.max(this.#window.length, 1);
  }

  /** Of all steps so far; null before the first. */
  get medianMilliseconds(): number | null {
    const sorted = [...this.#durations].sort((a, b) => a - b);
    const upper = sorted[sorted.length >> 1];
    const lower = sorted[(sorted.length - 1) >> 1];
    return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
  }

  get #windowSeconds(): number {
    return this.#window.reduce((sum, step) => sum + step.milliseconds, 0) / 1000;
  }
}
