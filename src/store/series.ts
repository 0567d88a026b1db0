import type { StepMetrics } from '../protocol/runs/run.js';

/** An append-only column of float64 that doubles when it is full. */
class Column {
  #values = new Float64Array(256);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** A view of the present values; it becomes invalid with the next push. */
  view(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** The share of a new step in the smoothed curve. */
const SMOOTHING = 0.1;

/** Step metrics of one run, as they came: x is the position in epochs. */
export class StepSeries {
  readonly runId: string;
  readonly #epoch = new Column();
  readonly #loss = new Column();
  readonly #smoothLoss = new Column();
  readonly #smoothAccuracy = new Column();
  readonly #rate = new Column();
  #loss0 = Number.NaN;
  #accuracy0 = Number.NaN;
  latest: StepMetrics | null = null;

  constructor(runId: string) {
    this.runId = runId;
  }

  append(metrics: StepMetrics): void {
    this.#loss0 = Number.isNaN(this.#loss0) ? metrics.loss : this.#loss0 + SMOOTHING * (metrics.loss - this.#loss0);
    this.#accuracy0 = Number.isNaN(this.#accuracy0)
      ? metrics.accuracy
      : this.#accuracy0 + SMOOTHING * (metrics.accuracy - this.#accuracy0);
    this.#epoch.push((metrics.step + 1) / metrics.stepsPerEpoch);
    this.#loss.push(metrics.loss);
    this.#smoothLoss.push(this.#loss0);
    this.#smoothAccuracy.push(this.#accuracy0);
    this.#rate.push(metrics.learningRate);
    this.latest = metrics;
  }

  get length(): number {
    return this.#epoch.view().length;
  }
  get epochs(): Float64Array {
    return this.#epoch.view();
  }
  get loss(): Float64Array {
    return this.#loss.view();
  }
  /** Exponential moving averages of the batches' loss (nats) and accuracy (0 to 1). */
  get smoothLoss(): Float64Array {
    return this.#smoothLoss.view();
  }
  get smoothAccuracy(): Float64Array {
    return this.#smoothAccuracy.view();
  }
  get learningRate(): Float64Array {
    return this.#rate.view();
  }
}
