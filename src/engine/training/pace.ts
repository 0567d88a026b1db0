/** The number of last steps from which the present speed is computed. */
const WINDOW = 16;

/** The coarsest resolution of a browser's clock, in seconds. A shorter time counts as this, so that no rate is infinite. */
const TICK = 1e-3;

/** The rate of a count in some seconds; always finite. */
export function perSecond(count: number, seconds: number): number {
  return count / Math.max(seconds, TICK);
}

/** Measures the speed of steps: the present throughput for the user, and the median duration in milliseconds for the record. */
export class Pace {
  readonly #durations: number[] = [];
  #window: { readonly milliseconds: number; readonly images: number }[] = [];
  #last = 0;

  /** Starts measuring, at the beginning of an epoch and after a pause. */
  start(): void {
    this.#last = performance.now();
  }

  /** Records that the result of a step has arrived. */
  arrived(images: number): void {
    const now = performance.now();
    const milliseconds = now - this.#last;
    this.#last = now;
    this.#durations.push(milliseconds);
    // A run's first step includes what the driver compiles late, so it is not used for later speeds.
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

  /** The median duration of all steps so far; null before the first. */
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
