import { PixelCache } from '../../data/batches.js';
import { fingerprintOfPart } from '../../data/identity/fingerprint.js';
import { asKnownBy, matchClasses } from '../../data/identity/match-classes.js';
import { evaluate } from '../../engine/training/evaluation.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Computed } from '../../protocol/provenance.js';
import type { Evaluation, RunRecord } from '../../protocol/run.js';
import type { Datasets, Framed, OpenData } from '../inputs/datasets.js';
import type { Engine } from '../machine/engine.js';
import type { Events } from '../events.js';
import type { Models } from '../inputs/models.js';
import type { RunStore } from '../kept/run-store.js';

interface Measured {
  readonly evaluation: Evaluation;
  /** The predicted class of each picture, by its index in the data set. */
  readonly predictions: ReadonlyMap<number, number>;
  /** The class of a picture among the run's. */
  readonly label: (index: number) => number;
}

interface Parts {
  readonly engine: () => Promise<Engine>;
  readonly models: Models;
  readonly datasets: Datasets;
  readonly runs: RunStore;
  readonly events: Events;
}

/** What kept runs predict for the pictures of the data set in use. */
export class Predictions {
  readonly #parts: Parts;
  readonly #measured = new Map<string, { readonly data: OpenData; readonly result: Promise<Measured> }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Indices, within the part, of the pictures of a true class that the run takes for another. */
  async cell(runId: string, part: Part, truth: number, predicted: number): Promise<Computed<number[]>> {
    const data = this.#parts.datasets.require();
    const { predictions, label } = await this.measure(runId, part);
    const value = data.dataset.parts[part].flatMap((index, position) =>
      label(index) === truth && predictions.get(index) === predicted ? [position] : [],
    );
    return { of: { data: data.summary.fingerprint, run: runId }, value };
  }

  /** Measures anew what is asked for next. */
  forget(runId: string): void {
    for (const key of [...this.#measured.keys()]) if (key.startsWith(`${runId}|`)) this.#measured.delete(key);
  }

  /** Measures a part with the run's weights, once for the data set in use. */
  measure(runId: string, part: Part): Promise<Measured> {
    const data = this.#parts.datasets.require();
    const key = `${runId}|${part}`;
    const known = this.#measured.get(key);
    if (known?.data === data) return known.result;
    const result = this.#measure(runId, part, data);
    this.#measured.set(key, { data, result });
    result.catch(() => this.#measured.delete(key));
    return result;
  }

  async #measure(runId: string, part: Part, data: OpenData): Promise<Measured> {
    const { runs, models, events } = this.#parts;
    const record = await runs.require(runId);
    const { metadata, trained } = await runs.weights(record);
    const pictures = asRunKnows(record, data, metadata.architecture);
    const model = await models.requireFor(metadata, record.name);
    const engine = await this.#parts.engine();
    const { batchSize } = metadata.configuration;
    return events.during(async () => {
      const network = await engine.network(model, setUpAdapted(metadata));
      try {
        network.writeTrained(trained);
        const evaluator = await network.evaluator(batchSize, (done, total, stage) =>
          events.busy(`${stage} for the evaluation`, done, total),
        );
        const predictions = new Map<number, number>();
        try {
          const evaluation = await evaluate(evaluator, pictures, part, {
            onProgress: (done, total) => events.busy(`Measuring the ${part} part`, done, total),
            onPrediction: (index, predicted) => predictions.set(index, predicted),
          });
          if (!evaluation) throw new PlaygroundError('cancelled', `${record.name}: measuring was stopped`);
          await requireSamePictures(record, part, data, metadata.architecture);
          return { evaluation, predictions, label: (index) => pictures.dataset.label(index) };
        } finally {
          evaluator.destroy();
        }
      } finally {
        network.destroy();
      }
    });
  }
}

/** The pictures of the part have been read by now. A record from before there were fingerprints does not know its own. */
export async function requireSamePictures(
  record: RunRecord,
  part: Part,
  data: Pick<OpenData, 'dataset' | 'pictures'>,
  backbone: Framed,
): Promise<void> {
  const { dataFingerprint, configuration, name } = record;
  if (dataFingerprint === null) return;
  if ((await fingerprintOfPart(data.pictures(configuration.imageSize, backbone), part)) === dataFingerprint[part]) return;
  throw new PlaygroundError(
    'option.invalid',
    `${name}: the ${part} part of '${data.dataset.name}' holds other pictures than the run's own of that name; give the data that it was trained on`,
    { subject: 'data' },
  );
}

/**
 * The data set's pictures labelled by the run's classes, which are matched by name. Throws `data.label`, with both lists, where one of
 * the data's is none of the run's.
 */
export function asRunKnows(
  record: RunRecord,
  data: Pick<OpenData, 'dataset' | 'pictures' | 'store'>,
  backbone: Framed,
): PixelCache {
  const { dataset, store } = data;
  const { imageSize } = record.configuration;
  const match = matchClasses(dataset.classes, record.classes, {
    data: dataset.name,
    model: record.name,
    // No note would be seen here.
    inOrder: false,
    remedy: 'choose the data set that it was trained on',
  });
  const alike = match.labels.length === record.classes.length && match.labels.every((label, index) => label === index);
  if (alike) return data.pictures(imageSize, backbone);
  return new PixelCache(asKnownBy(dataset, record.classes, match), imageSize, {
    framing: backbone.framing,
    ...(store ? { store } : {}),
  });
}
