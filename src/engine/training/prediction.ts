import { mapConcurrently } from '../../data/concurrent.js';
import type { SquarePicture } from '../../data/unlabelled.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Framing } from '../../vit/framing.js';
import type { AdaptedModel } from '../../formats/types.js';
import type { SkippedFile } from '../../protocol/api.js';
import type { PredictedPicture } from '../../protocol/predictions.js';
import type { Evaluator, Network } from '../model/types.js';
import type { Progress } from '../plan/machine.js';
import { yieldToHost } from './event-loop.js';
import type { RunSetup } from './setup.js';

/** The number of pictures that are decoded together, before their forwards. */
const CHUNK = 16;
const DECODED_AT_ONCE = 3;

/** A model's prediction for a picture. */
export interface Prediction {
  readonly name: string;
  /** The index of the predicted class among the model's classes. */
  readonly label: number;
  /** The class's probability, by softmax. */
  readonly confidence: number;
  /** The time of this picture's forward, from its pixels to its logits. */
  readonly milliseconds: number;
}

export type Labelled =
  { readonly kind: 'prediction'; readonly prediction: Prediction } | { readonly kind: 'skipped'; readonly skipped: SkippedFile };

/** The probabilities of the classes, exp(logit) divided by the sum of all; finite for logits of any size. */
export function softmax(logits: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** The most probable class (the first of equals) and its probability. Throws `training.not-finite` where a logit is not finite. */
export function mostProbable(logits: Float32Array, name: string): Pick<Prediction, 'label' | 'confidence'> {
  let label = 0;
  logits.forEach((value, index) => {
    if (value > (logits[label] ?? -Infinity)) label = index;
  });
  const most = logits[label] ?? NaN;
  const confidence = 1 / logits.reduce((sum, value) => sum + Math.exp(value - most), 0);
  if (Number.isFinite(confidence)) return { label, confidence };
  throw new PlaygroundError('training.not-finite', `the logits of ${name} are not finite; train with a smaller learning rate`, {
    subject: name,
  });
}

/**
 * The `count` most probable classes with their probabilities, in decreasing order, of equals the first. Throws as {@link mostProbable}
 * does.
 */
export function mostProbableOf(logits: Float32Array, name: string, count: number): Pick<Prediction, 'label' | 'confidence'>[] {
  const first = mostProbable(logits, name);
  const most = logits[first.label] ?? NaN;
  return [...logits]
    .map((value, label) => ({ label, confidence: Math.exp(value - most) * first.confidence }))
    .sort((a, b) => b.confidence - a.confidence || a.label - b.label)
    .slice(0, count);
}

/**
 * Labels pictures one by one, in their order. A picture that cannot be decoded is reported and skipped. A forward of an empty picture comes
 * first, because a plan's first forward is slower than the others.
 *
 * @param evaluator of any batch size; each forward has one picture, so that its time is that of a picture.
 * @param gate is awaited before each picture; `stop` ends the iteration.
 */
export async function* predictPictures(
  evaluator: Evaluator,
  pictures: readonly SquarePicture[],
  { side, framing }: { readonly side: number; readonly framing: Framing },
  gate: () => Promise<'go' | 'stop'> = async () => 'go',
): AsyncGenerator<Labelled, void> {
  await evaluator.logits({ pixels: new Uint8Array(side * side * 4), count: 1 });
  for (let from = 0; from < pictures.length; from += CHUNK) {
    const decoded = await mapConcurrently(pictures.slice(from, from + CHUNK), DECODED_AT_ONCE, (picture) =>
      picture.pixels(side, framing).then(
        (bytes) => ({ name: picture.name, bytes, reason: '' }),
        (cause: unknown) => ({ name: picture.name, bytes: null, reason: reasonOf(cause) }),
      ),
    );
    for (const { name, bytes, reason } of decoded) {
      if ((await gate()) === 'stop') return;
      if (!bytes) {
        yield { kind: 'skipped', skipped: { name, reason } };
        continue;
      }
      const began = performance.now();
      const logits = await evaluator.logits({ pixels: bytes, count: 1 });
      const milliseconds = performance.now() - began;
      yield { kind: 'prediction', prediction: { name, ...mostProbable(logits, name), milliseconds } };
      await yieldToHost();
    }
  }
}

/** Why a picture cannot be decoded; rethrows what is no picture's fault. */
function reasonOf(cause: unknown): string {
  if (cause instanceof PlaygroundError && cause.code === 'data.image') return cause.message;
  throw cause;
}

/** The result for a picture, for the page and the command line alike. */
export type Told =
  | { readonly kind: 'predicted'; readonly predicted: PredictedPicture }
  | { readonly kind: 'skipped'; readonly skipped: SkippedFile };

/**
 * Labels pictures with adapted weights, for the page and the command line alike. Everything made for it is freed after the last picture, or
 * when the caller stops iterating.
 *
 * @param network of the set-up, whose trained weights are written here.
 * @param gate is awaited before each picture; `stop` ends the iteration.
 */
export async function* labelPictures(
  network: Network,
  { setup, metadata, trained }: Pick<AdaptedModel, 'metadata' | 'trained'> & { readonly setup: RunSetup },
  pictures: readonly SquarePicture[],
  { gate, onProgress }: { readonly gate?: () => Promise<'go' | 'stop'>; readonly onProgress?: Progress } = {},
): AsyncGenerator<Told, void> {
  network.writeTrained(trained);
  const evaluator = await network.evaluator(1, onProgress);
  try {
    const framed = { side: setup.options.imageSize, framing: setup.architecture.framing };
    for await (const found of predictPictures(evaluator, pictures, framed, gate)) {
      if (found.kind === 'skipped') yield found;
      else yield { kind: 'predicted', predicted: predictedOf(found.prediction, metadata.classes) };
    }
  } finally {
    evaluator.destroy();
  }
}

const predictedOf = ({ name, label, confidence, milliseconds }: Prediction, classes: readonly string[]): PredictedPicture => ({
  picture: name,
  class: classes[label] ?? `class ${label}`,
  confidence,
  milliseconds,
});
