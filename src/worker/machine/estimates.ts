import { z } from 'zod';
import { estimateTraining } from '../../engine/model/estimate.js';
import { setUpRun } from '../../engine/training/setup.js';
import type { Estimate } from '../../protocol/api.js';
import type { Configuration } from '../../vit/configuration.js';
import { optionsKey, type Computed } from '../../protocol/provenance.js';
import type { RunRecord } from '../../protocol/run.js';
import type { Datasets } from '../inputs/datasets.js';
import type { Engine } from './engine.js';
import type { Models } from '../inputs/models.js';
import type { FileStore } from '../kept/private-files.js';

const FILE = 'speeds.json';
const speedsSchema = z.record(z.string(), z.number().positive());

interface Parts {
  readonly engine: () => Promise<Engine>;
  readonly models: Models;
  readonly datasets: Datasets;
}

/** What runs would cost here, with the speed that this adapter showed in the last one. */
export class Estimates {
  readonly #parts: Parts;
  readonly #files: FileStore;
  /** Multiply-accumulates a second in training steps, by the adapter's name. */
  #speeds: Promise<Map<string, number>> | null = null;

  constructor(parts: Parts, files: FileStore) {
    this.#parts = parts;
    this.#files = files;
  }

  async estimate(configuration: Configuration): Promise<Computed<Estimate>> {
    const { engine, models, datasets } = this.#parts;
    const model = await models.require(configuration);
    const { dataset, summary } = datasets.require();
    const { machine, adapter } = await engine();
    const setup = setUpRun(configuration, model.architecture, dataset.classes.length);
    const { train, validation } = dataset.parts;
    const batch = Math.max(1, Math.min(configuration.batchSize, train.length));
    const cost = estimateTraining(machine, setup.architecture, setup.options, batch, configuration.batchSize);
    const speed = (await this.#load()).get(adapter.name);
    const steps = Math.floor(train.length / batch);
    const evaluations = Math.ceil(validation.length / configuration.batchSize);
    const value = {
      gpuBytes: cost.bytes,
      secondsPerEpoch: speed === undefined ? null : (steps * cost.stepMacs + evaluations * cost.evaluationMacs) / speed,
      trainedParameters: cost.trainedParameters,
      totalParameters: cost.totalParameters,
      macs: setup.macs,
    };
    return { of: { data: summary.fingerprint, weights: model.key, configuration: optionsKey(configuration) }, value };
  }

  /** Learns this adapter's speed from a run's last epoch. */
  async learn(record: RunRecord): Promise<void> {
    const epoch = record.epochs.at(-1);
    if (!epoch) return;
    const { engine, models } = this.#parts;
    const { configuration, pictures, classes } = record;
    const model = await models.require(configuration);
    const { machine, adapter } = await engine();
    const batch = Math.max(1, Math.min(configuration.batchSize, pictures.train));
    const setup = setUpRun(configuration, model.architecture, classes.length);
    const { stepMacs } = estimateTraining(machine, setup.architecture, setup.options, batch, configuration.batchSize);
    const speeds = await this.#load();
    speeds.set(adapter.name, (stepMacs * epoch.imagesPerSecond) / batch);
    await this.#files.write(FILE, new TextEncoder().encode(JSON.stringify(Object.fromEntries(speeds))));
  }

  #load(): Promise<Map<string, number>> {
    this.#speeds ??= this.#read();
    return this.#speeds;
  }

  async #read(): Promise<Map<string, number>> {
    try {
      const bytes = await this.#files.read(FILE);
      return new Map(bytes ? Object.entries(speedsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)))) : []);
    } catch {
      return new Map();
    }
  }
}
