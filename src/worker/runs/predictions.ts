import { PixelCache } from '../../data/batches.js';
import { fingerprintOfPart } from '../../data/identity/fingerprint.js';
import { asKnownBy, matchClasses } from '../../data/identity/match-classes.js';
import type { Dataset } from '../../data/types.js';
import { evaluate } from '../../engine/training/evaluation.js';
import { setUpAdapted } from '../../engine/training/setup.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import type { Computed } from '../../protocol/provenance.js';
import type { Evaluation, RunRecord } from '../../protocol/runs/run.js';
import type { Datasets, Framed, OpenData } from '../inputs/datasets.js';
import type { Engine } from '../machine/engine.js';
import type { Events } from '../events.js';
import type { Models } from '../inputs/models.js';
import type { RunStore } from '../kept/run-store.js';
import { openNetwork, weightsOf } from './networks.js';

interface Measured {
  readonly evaluation: Evaluation;
  /** The predicted class of each picture, by its index in the data set. */
  readonly predictions: ReadonlyMap<number, number>;
  /** Number of the picture's class among the run's classes, by the labels that the run learnt. */
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
  readonly #measured = new Map<string, Promise<Measured>>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Which pictures of a class the run takes for another: their positions within the part. Classes are those that the run learnt, which
   * may have been corrected since.
   */
  async cell(runId: string, part: Part, truth: number, predicted: number): Promise<Computed<number[]>> {
    const record = await this.#parts.runs.require(runId);
    const data = this.#parts.datasets.require();
    const { predictions, label } = await this.#known(record, part, data);
    const value = data.dataset.parts[part].flatMap((index, position) =>
      label(index) === truth && predictions.get(index) === predicted ? [position] : [],
    );
    return { of: { data: data.summary.places, run: runId }, value };
  }

  /** Measured once for the same weights and the same pictures in the same places. */
  #known(record: RunRecord, part: Part, data: OpenData): Promise<Measured> {
    const key = `${record.id}|${record.bestEpoch ?? 0}|${part}|${data.summary.places}`;
    const known = this.#measured.get(key);
    if (known) return known;
    const measured = this.#measure(record, part, data, data.labelledBefore());
    this.#measured.set(key, measured);
    measured.catch(() => this.#measured.delete(key));
    return measured;
  }

  /** Measures a part again with the run's weights. The data set in use has to be the run's own, down to the last label. */
  async measure(runId: string, part: Part): Promise<Evaluation> {
    const record = await this.#parts.runs.require(runId);
    const { evaluation } = await this.#measure(record, part, this.#parts.datasets.require(), []);
    return evaluation;
  }

  async #measure(record: RunRecord, part: Part, data: OpenData, labelledBefore: Iterable<Dataset>): Promise<Measured> {
    const { runs, models, events } = this.#parts;
    const { metadata, trained, model } = await weightsOf({ runs, models }, record);
    const pictures = asRunKnows(record, data, metadata.architecture);
    const engine = await this.#parts.engine();
    const { batchSize } = metadata.configuration;
    return events.during(async () => {
      const network = await openNetwork({ engine, events, model, setup: setUpAdapted(metadata) });
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
          const learnt = await labelledAsLearnt(record, part, data, labelledBefore, metadata.architecture);
          return { evaluation, predictions, label: (index) => learnt.label(index) };
        } finally {
          evaluator.destroy();
        }
      } finally {
        network.destroy();
      }
    });
  }
}

/**
 * The data set, in the run's classes, with the labels that the run learnt: the present ones, or those before they were corrected.
 * Rejects with `option.invalid` where neither give the fingerprint in the run's record; a record from before there were fingerprints
 * has none, and the present labels are taken. The part's pictures must have been read.
 */
export async function labelledAsLearnt(
  record: RunRecord,
  part: Part,
  data: Pick<OpenData, 'dataset' | 'pictures'>,
  labelledBefore: Iterable<Dataset>,
  backbone: Framed,
): Promise<Dataset> {
  const { dataFingerprint, configuration, name } = record;
  const { dataset } = data;
  if (dataFingerprint === null) return byRunsClasses(record, dataset);
  const pictures = data.pictures(configuration.imageSize, backbone);
  const read = {
    usable: (indices: readonly number[]) => pictures.usable(indices),
    digest: (index: number) => pictures.digest(index),
  };
  const learnt = async (labelled: Dataset): Promise<boolean> =>
    (await fingerprintOfPart({ ...read, dataset: labelled }, part)) === dataFingerprint[part];
  if (await learnt(dataset)) return byRunsClasses(record, dataset);
  for (const before of labelledBefore) if (await learnt(before)) return byRunsClasses(record, before);
  throw new PlaygroundError(
    'option.invalid',
    `${name}: the ${part} part of '${dataset.name}' has other pictures or labels than the run's own ${part} part; give the data that it was trained on`,
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
  const known = byRunsClasses(record, dataset);
  if (known === dataset) return data.pictures(imageSize, backbone);
  return new PixelCache(known, imageSize, {
    framing: backbone.framing,
    ...(store ? { store } : {}),
  });
}

function byRunsClasses(record: RunRecord, dataset: Dataset): Dataset {
  const match = matchClasses(dataset.classes, record.classes, {
    data: dataset.name,
    model: record.name,
    // Nobody would see the note that matching by order asks for.
    inOrder: false,
    remedy: 'choose the data set that it was trained on',
  });
  const alike = match.labels.length === record.classes.length && match.labels.every((label, index) => label === index);
  return alike ? dataset : asKnownBy(dataset, record.classes, match);
}
