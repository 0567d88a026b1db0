import type { UnlabelledPictures } from '../../data/unlabelled.js';
import type { Picture } from '../../data/types.js';
import type { Network } from '../../engine/model/types.js';
import { labelPictures, type Told } from '../../engine/training/prediction.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import type { SkippedFile } from '../../protocol/api.js';
import type { PredictedRow, PredictedThumbnail, PredictionJob, PredictionPortion } from '../../protocol/predictions.js';
import type { Computed } from '../../protocol/provenance.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Framing } from '../../vit/framing.js';
import { openNetwork, weightsOf, type NetworkParts } from './networks.js';

/** A portion ends after this many milliseconds, so that a table grows several times a second. */
const PORTION_MILLISECONDS = 150;

interface Job {
  readonly id: number;
  readonly pictures: UnlabelledPictures['pictures'];
  readonly framing: Framing;
  /** Null once the last picture was labelled, or the rest is not wanted. */
  labelled: AsyncGenerator<Told, void> | null;
  network: Network | null;
  /** Number of the picture that is labelled next. */
  at: number;
}

/** Labels pictures without known classes by a kept run, a portion at a time: nothing is computed before it is asked for. */
export class Labelling {
  readonly #parts: NetworkParts;
  #job: Job | null = null;
  #made = 0;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  /** Gets ready to label these pictures. What was being labelled before is dropped. */
  begin(runId: string, given: UnlabelledPictures): Promise<Computed<PredictionJob>> {
    return this.#parts.events.during(() => this.#begin(runId, given));
  }

  async #begin(runId: string, { pictures, skipped }: UnlabelledPictures): Promise<Computed<PredictionJob>> {
    await this.stop();
    const { runs, models, engine, events } = this.#parts;
    const record = await runs.require(runId);
    const { metadata, trained, model } = await weightsOf({ runs, models }, record);
    const setup = setUpAdapted(metadata);
    const network = await openNetwork({ engine: await engine(), events, model, setup });
    const labelled = labelPictures(network, { setup, metadata, trained }, pictures, {
      onProgress: (done, total, stage) => events.busy(stage, done, total),
    });
    const id = ++this.#made;
    this.#job = { id, pictures, framing: setup.architecture.framing, labelled, network, at: 0 };
    return { of: { run: runId }, value: { id, pictures: pictures.length, skipped } };
  }

  /** Labels the next pictures, in their order. */
  more(id: number): Promise<PredictionPortion> {
    return this.#parts.events.during(async () => this.#more(this.#require(id)));
  }

  async #more(job: Job): Promise<PredictionPortion> {
    const rows: PredictedRow[] = [];
    const skipped: SkippedFile[] = [];
    const { labelled } = job;
    if (!labelled) return { rows, skipped, ended: true };
    const until = performance.now() + PORTION_MILLISECONDS;
    try {
      do {
        const { done, value } = await labelled.next();
        if (done) {
          await this.#end(job);
          return { rows, skipped, ended: true };
        }
        const index = job.at++;
        if (value.kind === 'skipped') skipped.push(value.skipped);
        else rows.push({ index, ...value.predicted });
      } while (performance.now() < until);
    } catch (thrown) {
      await this.#end(job);
      throw thrown;
    }
    return { rows, skipped, ended: false };
  }

  /** Frees the network; the pictures can still be looked at. */
  async stop(): Promise<void> {
    if (this.#job) await this.#end(this.#job);
  }

  async thumbnail(id: number, index: number, side: number): Promise<PredictedThumbnail> {
    const { pictures, framing } = this.#require(id);
    const pixels = await pictures[index]?.pixels(side, framing).catch(() => null);
    return { side, pixels: pixels ? new Uint8ClampedArray(pixels) : null };
  }

  /** The picture at its own size. Rejects with `data.image` where it cannot be decoded. */
  async picture(id: number, index: number): Promise<Picture> {
    const picture = this.#require(id).pictures[index];
    if (!picture) throw new PlaygroundError('option.invalid', `picture: there is no number ${index}`, { subject: 'picture' });
    return picture.picture();
  }

  /** Clears the job first, so that who asks meanwhile finds nothing left to end. */
  async #end(job: Job): Promise<void> {
    const { labelled, network } = job;
    job.labelled = null;
    job.network = null;
    await labelled?.return();
    network?.destroy();
  }

  #require(id: number): Job {
    if (this.#job?.id === id) return this.#job;
    throw new PlaygroundError('cancelled', 'These pictures were replaced by others.');
  }
}
