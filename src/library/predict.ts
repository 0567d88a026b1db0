import { framePicture } from '../data/pictures/resize.js';
import type { Picture } from '../data/types.js';
import type { Network } from '../engine/model/types.js';
import { softmax } from '../engine/training/prediction.js';
import { setUpAdapted } from '../engine/training/setup.js';
import type { MergeBlock } from '../protocol/maps.js';
import type { Framing } from '../vit/framing.js';
import type { Engine } from './engine.js';
import type { Model } from './models.js';

/** Pictures computed at once. */
const BATCH = 16;

export interface Prediction {
  readonly classes: readonly string[];
  /** [pictures][classes]: softmax of the logits. */
  readonly probabilities: readonly Float32Array[];
}

export interface Trace {
  readonly classes: readonly string[];
  /** [classes] */
  readonly probabilities: Float32Array;
  /** What became of every token, block by block. Class, distillation and register tokens come before the patches. */
  readonly blocks: readonly MergeBlock[];
}

/** Gives `work` a network with the model's weights, which is destroyed afterwards. */
async function withNetwork<T>(
  engine: Engine,
  model: Model,
  work: (network: Network, side: number, framing: Framing) => Promise<T>,
): Promise<T> {
  const { metadata, backbone, trained } = model;
  const { configuration, architecture } = metadata;
  const network = await engine.createNetwork(
    { name: configuration.model, architecture, reader: backbone },
    setUpAdapted(metadata),
  );
  try {
    network.writeTrained(trained);
    return await work(network, configuration.imageSize, architecture.framing);
  } finally {
    network.destroy();
  }
}

/** Classifies pictures with the model's own merging. Pictures may have any size; they are resized as in training. */
export function predict(engine: Engine, model: Model, pictures: readonly Picture[]): Promise<Prediction> {
  const { classes } = model.metadata;
  return withNetwork(engine, model, async (network, side, framing) => {
    const evaluator = await network.evaluator(Math.min(BATCH, Math.max(1, pictures.length)));
    try {
      const probabilities: Float32Array[] = [];
      for (let from = 0; from < pictures.length; from += evaluator.batch) {
        const some = pictures.slice(from, from + evaluator.batch);
        const pixels = new Uint8Array(some.length * side * side * 4);
        some.forEach((picture, index) => pixels.set(framePicture(picture, side, framing), index * side * side * 4));
        const logits = await evaluator.logits({ pixels, count: some.length });
        some.forEach((_, index) =>
          probabilities.push(softmax(logits.subarray(index * classes.length, (index + 1) * classes.length))),
        );
      }
      return { classes, probabilities };
    } finally {
      evaluator.destroy();
    }
  });
}

/** Follows the tokens of one picture through the blocks. */
export function trace(engine: Engine, model: Model, picture: Picture): Promise<Trace> {
  return withNetwork(engine, model, async (network, side, framing) => {
    const tracer = await network.tracer();
    try {
      const { logits, blocks } = await tracer.trace(framePicture(picture, side, framing));
      return { classes: model.metadata.classes, probabilities: softmax(logits), blocks };
    } finally {
      tracer.destroy();
    }
  });
}
