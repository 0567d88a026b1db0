import { z } from 'zod';
import { estimateTraining } from '../../engine/model/estimate.js';
import { measureProducts } from '../../engine/training/speed.js';
import { setUpRun } from '../../engine/training/setup.js';
import type { Estimate } from '../../protocol/api.js';
import type { Configuration } from '../../vit/configuration.js';
import { optionsKey, type Computed } from '../../protocol/provenance.js';
import type { RunRecord } from '../../protocol/runs/run.js';
import type { Datasets } from '../inputs/datasets.js';
import type { Engine } from './engine.js';
import type { Models } from '../inputs/models.js';
import type { FileStore } from '../kept/private-files.js';

const FILE = 'speeds.json';
const speedsSchema = z.record(z.string(), z.number().positive());

/**
 * The share of the speed of matrix products that training reaches. On two processors with the bundled backbone it was 0.3 to 0.5; it is
 * taken as lower on a graphics card, which is fast at large products, while a small network's are small.
 */
const SHARE_OF_PRODUCTS = { cpu: 0.4, gpu: 0.25 } as const;

interface Parts {
  readonly engine: () => Promise<Engine>;
  readonly models: Models;
  readonly datasets: Datasets;
}

/** Estimates what runs would cost here, by the speed that this adapter had in the last one. */
export class Estimates {
  readonly #parts: Parts;
  readonly #files: FileStore;
  /** Multiply-accumulates a second in training steps, by the adapter's name. */
  #speeds: Promise<Map<string, number>> | null = null;
  /** Measured speed of matrix products, in 10^9 floating-point operations a second. */
  #products: Promise<number> | null = null;

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
    const seen = (await this.#load()).get(adapter.name);
    const speed = seen ?? (await this.#supposed());
    const steps = Math.floor(train.length / batch);
    const evaluations = Math.ceil(validation.length / configuration.batchSize);
    const value = {
      gpuBytes: cost.bytes,
      secondsPerEpoch: speed === null ? null : (steps * cost.stepMacs + evaluations * cost.evaluationMacs) / speed,
      imagesPerSecond: speed === null ? null : (speed * batch) / cost.stepMacs,
      seenInRuns: seen !== undefined,
      trainedParameters: cost.trainedParameters,
      totalParameters: cost.totalParameters,
      macs: setup.macs,
    };
    return { of: { data: summary.fingerprint, weights: model.key, configuration: optionsKey(configuration) }, value };
  }

  /**
   * Multiply-accumulates a second that training should reach, before any run has shown it: a share of the speed of matrix products.
   * Null for software that plays a graphics card, where measuring takes too long.
   */
  async #supposed(): Promise<number | null> {
    const engine = await this.#parts.engine();
    const { kind, gflops } = engine.adapter;
    if (kind === 'software') return null;
    this.#products ??= gflops === undefined ? engine.exclusively(() => measureProducts(engine.machine)) : Promise.resolve(gflops);
    return (await this.#products) * 1e9 * 0.5 * SHARE_OF_PRODUCTS[kind];
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
