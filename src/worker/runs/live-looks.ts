import { framePicture } from '../../data/pictures/resize.js';
import type { Picture } from '../../data/types.js';
import type { Evaluator, Network } from '../../engine/model/types.js';
import { mostProbableOf } from '../../engine/training/prediction.js';
import { setUpAdapted, setUpRun, type RunSetup } from '../../engine/training/setup.js';
import type { NamedTensor } from '../../containers/tensors.js';
import type { LiveGuess, LiveLook } from '../../protocol/predictions.js';
import type { Computed } from '../../protocol/provenance.js';
import { PlaygroundError } from '../../vit/errors.js';
import { reduces, UNREDUCED } from '../../vit/methods/index.js';
import type { Model } from '../inputs/models.js';
import { Turn } from '../../protocol/turn.js';
import { openFor, weightsOf, type NetworkParts } from './networks.js';

/** The number of most probable classes that are reported for each picture. */
const TOP = 3;

interface Looker {
  readonly network: Network;
  readonly evaluator: Evaluator;
  readonly setup: RunSetup;
}

interface Kept {
  /** The run, and the epoch of its weights. */
  readonly key: string;
  readonly classes: readonly string[];
  readonly own: Looker;
  readonly whole: Looker | null;
}

/**
 * Classifies pictures of the camera by a run, with its own merging and without. Both networks are kept until {@link LiveLooks.end}, or
 * until another run is asked for.
 */
export class LiveLooks {
  readonly #parts: NetworkParts;
  readonly #turn = new Turn();
  #kept: Kept | null = null;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  look(runId: string, picture: Picture): Promise<Computed<LiveLook>> {
    return this.#turn.take(async () => {
      const { classes, own, whole } = await this.#lookers(runId);
      return {
        of: { run: runId },
        value: { own: await guess(own, picture, classes), whole: whole && (await guess(whole, picture, classes)) },
      };
    });
  }

  /** Destroys the networks once the picture under way is done. */
  end(): Promise<void> {
    return this.#turn.take(async () => this.#drop());
  }

  #drop(): void {
    const { own, whole } = this.#kept ?? {};
    this.#kept = null;
    for (const looker of [own, whole]) {
      looker?.evaluator.destroy();
      looker?.network.destroy();
    }
  }

  async #lookers(runId: string): Promise<Kept> {
    const { runs, models, events } = this.#parts;
    const record = await runs.require(runId);
    const key = `${runId}|${record.bestEpoch ?? 0}`;
    if (this.#kept?.key === key) return this.#kept;
    this.#drop();
    const { metadata, trained, model } = await weightsOf({ runs, models }, record);
    const { configuration, architecture, classes } = metadata;
    return events.during(async () => {
      const own = await this.#looker(model, setUpAdapted(metadata), trained);
      const all = setUpRun({ ...configuration, method: UNREDUCED }, architecture, classes.length);
      this.#kept = { key, classes, own, whole: null };
      try {
        const whole = reduces(configuration.method) ? await this.#looker(model, all, trained) : null;
        this.#kept = { ...this.#kept, whole };
        return this.#kept;
      } catch (thrown) {
        this.#drop();
        throw thrown;
      }
    });
  }

  async #looker(model: Model, setup: RunSetup, trained: ReadonlyMap<string, NamedTensor>): Promise<Looker> {
    const { engine, events } = this.#parts;
    return openFor({ engine: await engine(), events, model, setup }, async (network) => {
      network.writeTrained(trained);
      const evaluator = await network.evaluator(1, (done, total, stage) => events.busy(`${stage} for the camera`, done, total));
      // Done once ahead: a plan's first forward is slower than the others, and times are shown.
      await evaluator.logits({ pixels: new Uint8Array(setup.options.imageSize ** 2 * 4), count: 1 });
      return { network, evaluator, setup };
    });
  }
}

async function guess({ evaluator, setup }: Looker, picture: Picture, classes: readonly string[]): Promise<LiveGuess> {
  const pixels = framePicture(picture, setup.options.imageSize, setup.architecture.framing);
  const began = performance.now();
  const logits = await evaluator.logits({ pixels, count: 1 });
  const milliseconds = performance.now() - began;
  const top = mostProbableOf(logits, 'the camera’s picture', TOP).map(({ label, confidence }) => ({
    class: classes[label] ?? `class ${label}`,
    confidence,
  }));
  return { top, milliseconds, tokens: setup.schedule.tokens.at(-1) ?? 0 };
}

/** The pixels of a picture of the camera; the bitmap is closed. Throws `data.image` where this browser gives no canvas. */
export function pictureOfBitmap(bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  if (!context) throw new PlaygroundError('data.image', `camera: this browser gives no canvas of ${width} x ${height} pixels`);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
