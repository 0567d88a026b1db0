/** Turns a configuration and a backbone into the options of a network, and into the record of a new run. */
import type { PixelCache } from '../../data/batches.js';
import type { AdaptedMetadata } from '../../formats/types.js';
import { initialTokens, protectedTokens, type Architecture } from '../../vit/architecture.js';
import { adapterSizes, trainsBackbone } from '../../vit/adapters/index.js';
import { scheduleOf, type Configuration } from '../../vit/configuration.js';
import { configurationCost } from '../../vit/cost.js';
import { PlaygroundError } from '../../vit/errors.js';
import { numericsOf, type AdapterDescription, type DataFingerprint, type RunRecord } from '../../protocol/runs/run.js';
import { requireSchedule, type ResolvedSchedule } from '../../vit/schedule.js';
import type { Network, NetworkOptions } from '../model/types.js';

export interface RunSetup {
  readonly configuration: Configuration;
  readonly architecture: Architecture;
  readonly schedule: ResolvedSchedule;
  readonly options: NetworkOptions;
  /** The multiply-accumulates of one image's forward. */
  readonly macs: number;
}

function requireOption(holds: boolean, option: string, message: string): void {
  if (!holds) throw new PlaygroundError('option.invalid', `${option}: ${message}`, { subject: option });
}

/**
 * Sets up a run for a configuration, a backbone and a number of classes.
 *
 * @throws PlaygroundError `option.invalid` or `schedule.invalid`, naming the option.
 */
export function setUpRun(configuration: Configuration, architecture: Architecture, classes: number): RunSetup {
  const { imageSize, method } = configuration;
  const sizes = adapterSizes(configuration);
  const { patchSize, embedDim, depth } = architecture;
  requireOption(
    imageSize % patchSize === 0,
    'image-size',
    `${imageSize} pixels are no multiple of the model's patches of ${patchSize} pixels; the nearest is ${Math.max(1, Math.round(imageSize / patchSize)) * patchSize}`,
  );
  requireOption(sizes.lora <= embedDim, 'rank', `LoRA's rank ${sizes.lora} is more than the model's ${embedDim} channels`);
  const schedule = requireSchedule(scheduleOf(configuration), {
    tokens: initialTokens(architecture, imageSize),
    protectedTokens: protectedTokens(architecture),
    depth,
    distilled: architecture.distilled,
  });
  const { macs } = configurationCost(configuration, architecture, schedule.tokens, classes);
  const options: NetworkOptions = {
    imageSize,
    classes,
    method,
    loraRank: sizes.lora,
    adapterWidth: sizes.adapter,
    trainsBackbone: trainsBackbone(configuration.peft),
    schedule: schedule.r,
    proportionalAttention: configuration.proportionalAttention,
    dropout: configuration.dropout,
    dropPath: configuration.dropPath,
    seed: configuration.seed,
    weighted: configuration.classWeights !== 'none',
    recompute: configuration.recompute,
    halfWeights: configuration.halfWeights,
    halfActivations: configuration.halfActivations,
  };
  return { configuration, architecture, schedule, options, macs };
}

/** The same for weights that were already adapted, with the schedule of their file. */
export function setUpAdapted({ configuration, architecture, classes, schedule, trainedPairs }: AdaptedMetadata): RunSetup {
  const setup = setUpRun({ ...configuration, schedule: schedule.join(',') }, architecture, classes.length);
  return trainedPairs ? { ...setup, options: { ...setup.options, trainedPairs } } : setup;
}

/** Throws `data.empty` where there are no pictures to train with, or none to choose the best epoch by. */
export function requireTrainable(pictures: PixelCache, { protocol }: Pick<Configuration, 'protocol'>): void {
  const { dataset } = pictures;
  const judge = { choose: 'validation', search: 'validation', published: 'test', released: 'test' } as const;
  for (const part of ['train', judge[protocol]] as const) {
    if (pictures.usable(dataset.parts[part]).length > 0) continue;
    throw new PlaygroundError('data.empty', `${dataset.name}: its ${part} part has no pictures; give each class more of them`, {
      subject: dataset.name,
    });
  }
}

export interface RecordOptions {
  readonly setup: RunSetup;
  readonly id: string;
  readonly name: string;
  readonly adapter: AdapterDescription;
  readonly network: Pick<Network, 'trainedParameters' | 'totalParameters' | 'bytes'>;
  readonly pictures: PixelCache;
  /** The fingerprint of the pictures, computed when they were read. */
  readonly dataFingerprint: DataFingerprint;
  /** The fingerprint of the frozen weights, from `fingerprintOfWeights`. */
  readonly backboneFingerprint?: string;
}

/** Makes the record of a run that begins now. */
export function startRecord(options: RecordOptions): RunRecord {
  const { setup, id, name, adapter, network, pictures, dataFingerprint, backboneFingerprint } = options;
  const { dataset } = pictures;
  const { train, validation, test } = dataset.parts;
  return {
    format: 'pyra-playground-run',
    version: 1,
    numerics: numericsOf(adapter.kind, setup.configuration),
    id,
    name,
    started: new Date().toISOString(),
    finished: null,
    state: 'running',
    configuration: setup.configuration,
    adapter,
    ...(backboneFingerprint === undefined ? {} : { backboneFingerprint }),
    classes: [...dataset.classes],
    pictures: {
      train: pictures.usable(train).length,
      validation: pictures.usable(validation).length,
      test: pictures.usable(test).length,
    },
    dataFingerprint,
    schedule: [...setup.schedule.r],
    tokens: [...setup.schedule.tokens],
    macs: setup.macs,
    trainedParameters: network.trainedParameters,
    totalParameters: network.totalParameters,
    epochs: [],
    bestEpoch: null,
    test: null,
    validation: null,
    stepMilliseconds: null,
    gpuBytes: network.bytes,
    error: null,
  };
}

/** Whether two runs have the same pictures in every part. False where a fingerprint is missing. */
export function sameData(one: DataFingerprint | null | undefined, other: DataFingerprint | null | undefined): boolean {
  if (!one || !other) return false;
  return one.train === other.train && one.validation === other.validation && one.test === other.test;
}

/** What tells how a run's sums were taken. */
type Numbered = Pick<RunRecord, 'adapter' | 'configuration' | 'numerics'>;

/** Whether this version takes sums in the same order as the run did, on a machine of the same kind. */
export const sameNumerics = ({ adapter, configuration, numerics = 1 }: Numbered): boolean =>
  numerics === numericsOf(adapter.kind, configuration);

/**
 * Throws `option.invalid` where a run was computed with another order of sums, because continuing it would give the bits of neither order.
 */
export function requireSameNumerics(run: Numbered & Pick<RunRecord, 'name'>): void {
  if (sameNumerics(run)) return;
  const { name, adapter, configuration, numerics = 1 } = run;
  throw new PlaygroundError(
    'option.invalid',
    `${name}: was computed with numerics ${numerics}, and this version computes with ${numericsOf(adapter.kind, configuration)} on such a machine: it can be opened, evaluated and exported, but continuing it would not give the bits of a run that never stopped; start a new run`,
    { subject: 'run' },
  );
}

/**
 * Throws `option.invalid` where a run would continue with other data than it began with.
 *
 * @param remedy advice that ends the sentence.
 */
export function requireSameData(before: RunRecord, now: RunRecord, remedy = 'give the data that it was begun on'): void {
  const { train, validation, test } = before.pictures;
  const refuse = (message: string): PlaygroundError =>
    new PlaygroundError('option.invalid', `${before.name}: ${message}`, { subject: 'data' });
  const sameCounts =
    before.classes.join('\n') === now.classes.join('\n') &&
    train === now.pictures.train &&
    validation === now.pictures.validation &&
    test === now.pictures.test;
  if (!sameCounts) {
    throw refuse(
      `was trained on ${train} + ${validation} + ${test} pictures of ${before.classes.length} classes, but the data set in use has ${now.pictures.train} + ${now.pictures.validation} + ${now.pictures.test} of ${now.classes.length}; undo the edits of its classes, or ${remedy}`,
    );
  }
  // Older records have no fingerprint, only counts.
  if (before.dataFingerprint === null || sameData(before.dataFingerprint, now.dataFingerprint)) return;
  throw refuse(
    `was begun on other pictures: the data set in use, '${now.configuration.data}', has the same classes and as many pictures, but other pictures, labels or parts; ${remedy}`,
  );
}

/** The metadata of a run's adapted weights. Nothing in it depends on the time or on the machine's folders. */
export function adaptedMetadata(record: RunRecord, architecture: Architecture): AdaptedMetadata {
  const { configuration } = record;
  // Trained positions belong to the grid of the run's image size.
  const imageSize = trainsBackbone(configuration.peft) ? configuration.imageSize : architecture.imageSize;
  return {
    version: 1,
    configuration,
    architecture: { ...architecture, imageSize },
    classes: record.classes,
    schedule: record.schedule,
    accuracy: { validation: record.validation?.accuracy ?? null, test: record.test?.accuracy ?? null },
    ...(record.dataFingerprint ? { dataFingerprint: record.dataFingerprint } : {}),
  };
}
