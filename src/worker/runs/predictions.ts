import { fingerprintOfPart } from '../../data/identity/fingerprint.js';
import { evaluate } from '../../engine/training/evaluation.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Computed } from '../../protocol/provenance.js';
import type { Evaluation, RunRecord } from '../../protocol/run.js';
import type { Datasets, OpenData } from '../inputs/datasets.js';
import type { Engine } from '../machine/engine.js';
import type { Events } from '../events.js';
import type { Models } from '../inputs/models.js';
import type { RunStore } from '../kept/run-store.js';

interface Measured {
  readonly evaluation: Evaluation;
  /** The predicted class of each picture, by its index in the data set. */
  readonly predictions: ReadonlyMap<number, number>;
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
    const { predictions } = await this.measure(runId, part);
    const value = data.dataset.parts[part].flatMap((index, position) =>
      data.dataset.label(index) === truth && predictions.get(index) === predicted ? [position] : [],
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
    requireSameClasses(record, data);
    const { metadata, trained } = await runs.weights(record);
    const model = await models.requireFor(metadata, record.name);
    const engine = await this.#parts.engine();
    const { batchSize, imageSize } = metadata.configuration;
    return events.during(async () => {
      const network = await engine.network(model, setUpAdapted(metadata));
      try {
        network.writeTrained(trained);
        const evaluator = await network.evaluator(batchSize, (done, total, stage) =>
          events.busy(`${stage} for the evaluation`, done, total),
        );
        const predictions = new Map<number, number>();
        try {
          const evaluation = await evaluate(evaluator, data.pictures(imageSize), part, {
            onProgress: (done, total) => events.busy(`Measuring the ${part} part`, done, total),
            onPrediction: (index, predicted) => predictions.set(index, predicted),
          });
          if (!evaluation) throw new PlaygroundError('cancelled', `${record.name}: measuring was stopped`);
          await requireSamePictures(record, part, data);
          return { evaluation, predictions };
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
export async function requireSamePictures(record: RunRecord, part: Part, data: Pick<OpenData, 'dataset' | 'pictures'>): Promise<void> {
  const { dataFingerprint, configuration, name } = record;
  if (dataFingerprint === null) return;
  if ((await fingerprintOfPart(data.pictures(configuration.imageSize), part)) === dataFingerprint[part]) return;
  throw new PlaygroundError(
    'option.invalid',
    `${name}: the ${part} part of '${data.dataset.name}' holds other pictures than the run's own of that name; give the data that it was trained on`,
    { subject: 'data' },
  );
}

function requireSameClasses(record: RunRecord, { dataset }: OpenData): void {
  if (record.classes.join('\n') === dataset.classes.join('\n')) return;
  throw new PlaygroundError(
    'option.invalid',
    `${record.name}: tells ${record.classes.length} classes of ${record.configuration.data} apart, which are not those of ${dataset.name}; choose that data set to see its pictures`,
    { subject: 'data' },
  );
}
