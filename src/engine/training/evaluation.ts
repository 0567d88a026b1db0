import { readBatches, type PixelCache } from '../../data/batches.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import { packRight } from '../../protocol/right.js';
import type { Evaluation } from '../../protocol/runs/run.js';
import type { Evaluator } from '../model/types.js';
import { yieldToHost } from './event-loop.js';
import { perSecond } from './pace.js';

/** The number of forwards under way: the next is encoded while one runs. */
const OUTSTANDING = 2;

/** The index of the largest logit (the first of equals), and the cross-entropy of the true class in nats, in float64. */
export function judge(
  logits: ArrayLike<number>,
  offset: number,
  classes: number,
  label: number,
): { predicted: number; loss: number } {
  let predicted = 0;
  let most = -Infinity;
  for (let c = 0; c < classes; c++) {
    const value = logits[offset + c] ?? NaN;
    if (value > most) {
      most = value;
      predicted = c;
    }
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp((logits[offset + c] ?? NaN) - most);
  return { predicted, loss: most + Math.log(sum) - (logits[offset + label] ?? NaN) };
}

/** Collects predictions for an {@link Evaluation}. */
export class Tally {
  readonly #confusion: number[][];
  readonly #classes: number;
  readonly #right: boolean[] = [];
  #loss = 0;
  #images = 0;

  constructor(classes: number) {
    this.#classes = classes;
    this.#confusion = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  }

  /**
   * Adds predictions for logits [pictures, K] and labels [pictures], and returns the predicted classes. Throws `training.not-finite` where
   * a logit is not finite.
   */
  add(logits: Float32Array, labels: ArrayLike<number>, nameOf: (position: number) => string): number[] {
    const predictions: number[] = [];
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i] ?? 0;
      const { predicted, loss } = judge(logits, i * this.#classes, this.#classes, label);
      if (!Number.isFinite(loss)) {
        throw new PlaygroundError(
          'training.not-finite',
          `the logits of ${nameOf(i)} are not finite; train with a smaller learning rate`,
          {
            subject: nameOf(i),
          },
        );
      }
      this.#loss += loss;
      this.#images++;
      this.#right.push(predicted === label);
      this.#confusion[label]![predicted]!++;
      predictions.push(predicted);
    }
    return predictions;
  }

  /** @param seconds the wall time of the evaluation. */
  result(seconds: number): Evaluation {
    const right = this.#confusion.map((row, label) => row[label] ?? 0);
    const totals = this.#confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
    return {
      images: this.#images,
      loss: this.#loss / this.#images,
      accuracy: right.reduce((sum, count) => sum + count, 0) / this.#images,
      classAccuracy: right.map((count, label) => (totals[label] ? count / totals[label] : null)),
      confusion: this.#confusion,
      right: packRight(this.#right),
      imagesPerSecond: perSecond(this.#images, seconds),
      seconds,
    };
  }
}

export interface EvaluateOptions {
  /** Is awaited before each batch; `stop` ends the evaluation without a result. */
  readonly gate?: () => Promise<'go' | 'stop'>;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with each picture's index in the data set and its predicted class. */
  readonly onPrediction?: (index: number, predicted: number) => void;
}

/**
 * Measures all usable pictures of a part, including the last, partial batch.
 *
 * @returns null if the gate stopped it. Rejects with `data.empty` where the part has no pictures.
 */
export async function evaluate(
  evaluator: Evaluator,
  pictures: PixelCache,
  part: Part,
  { gate, onProgress, onPrediction }: EvaluateOptions = {},
): Promise<Evaluation | null> {
  const { dataset } = pictures;
  const indices = pictures.usable(dataset.parts[part]);
  if (indices.length === 0) {
    throw new PlaygroundError('data.empty', `${dataset.name}: its ${part} part has no pictures`, { subject: dataset.name });
  }
  const tally = new Tally(dataset.classes.length);
  const underWay: (() => Promise<void>)[] = [];
  let began = performance.now();
  let done = 0;
  for await (const batch of readBatches(pictures, indices, evaluator.batch)) {
    const asked = performance.now();
    if ((await gate?.()) === 'stop') {
      await Promise.allSettled(underWay.map((settle) => settle()));
      return null;
    }
    // The time of a pause is not counted.
    began += performance.now() - asked;
    const logits = evaluator.logits({ pixels: batch.pixels, count: batch.indices.length });
    // A rejection is handled when the logits are awaited below; until then it must not count as unhandled.
    logits.catch(() => undefined);
    underWay.push(async () => {
      const predictions = tally.add(await logits, batch.labels, (i) => dataset.nameOf(batch.indices[i] ?? 0));
      batch.indices.forEach((index, i) => onPrediction?.(index, predictions[i] ?? 0));
      done += batch.indices.length;
      onProgress?.(done, indices.length);
    });
    if (underWay.length >= OUTSTANDING) await underWay.shift()?.();
    await yieldToHost();
  }
  for (const settle of underWay) await settle();
  return tally.result((performance.now() - began) / 1000);
}
