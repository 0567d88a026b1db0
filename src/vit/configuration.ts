import { z } from 'zod';
import { adapter } from './adapters/adapter.js';
import { PEFTS } from './adapters/index.js';
import { lora } from './adapters/lora.js';
import { METHODS, PROPOSED, reduces } from './methods/index.js';
import { pyraOptions } from './methods/pyra.js';
import { integerSchema, numberSchema } from './options.js';

export const BUILTIN_TASKS = ['shapes', 'count', 'orientation', 'texture'] as const;
export type BuiltinTask = (typeof BUILTIN_TASKS)[number];

/**
 * Which epoch's weights count: of the highest validation accuracy (the lower loss where two are equal), of the lowest validation loss,
 * or the last.
 */
export const SELECTIONS = ['accuracy', 'loss', 'last'] as const;
export type Selection = (typeof SELECTIONS)[number];

/**
 * The weight of classes in the training loss. `none`: every picture counts alike; `balanced`: every class does, however many pictures
 * it has.
 */
export const CLASS_WEIGHTS = ['none', 'balanced'] as const;
export type ClassWeights = (typeof CLASS_WEIGHTS)[number];

/**
 * What each part is for. `choose`: the training part trains, validation chooses the epoch, the test part is measured once. `search`:
 * the same without the test part, to choose options by. `published`: VTAB-1k's last step, training and validation parts train
 * together, the last epoch counts, tested once. `released`: as PYRA's released script does it: both train, the test part is measured
 * each time and the best of these is reported, which is above what other pictures would give.
 */
export const PROTOCOLS = ['choose', 'search', 'published', 'released'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Whether the validation part is trained on too, so that there is none to validate with. */
export const trainsOnAll = ({ protocol }: { readonly protocol: Protocol }): boolean =>
  protocol === 'published' || protocol === 'released';

const positiveInteger = z.number().int().min(1);
const rate = z.number().min(0).max(10);
const taskPart = positiveInteger.max(100_000);
const share = z.number().min(0).max(100);
const colour = z.number().min(-10).max(10);
const deviation = z.number().positive().max(10);

/** Everything that decides a run, and what it takes: the same configuration, data and adapter give the same bits. */
export const configurationSchema = z.strictObject({
  version: z.literal(1),
  /** `bundled`, or the name of a file that was given. */
  model: z.string().min(1).max(500),
  /**
   * What a person knows better than the backbone's files: attention heads, and the mean and standard deviation that pixels are
   * normalised with, in units of 0 to 1. Null: as the files say or custom has it. Records from before these could be said have none.
   */
  heads: positiveInteger.max(1024).nullable().default(null),
  mean: z.tuple([colour, colour, colour]).nullable().default(null),
  std: z.tuple([deviation, deviation, deviation]).nullable().default(null),
  /** `task:shapes` and so on, or the name of a data set that was given. */
  data: z.string().min(1).max(500),
  /** Side of the square that pictures are resized to; a multiple of the patch size. */
  imageSize: z.number().int().min(8).max(1024),
  method: z.enum(METHODS),
  peft: z.enum(PEFTS),
  loraRank: integerSchema(lora.options.loraRank),
  adapterWidth: integerSchema(adapter.options.adapterWidth),
  /** As {@link ScheduleText}. */
  schedule: z.string().max(500),
  proportionalAttention: z.boolean(),
  epochs: positiveInteger.max(10_000),
  batchSize: positiveInteger.max(1024),
  learningRate: rate,
  /** Null: PYRA's weights have the common learning rate, as in the released runs. */
  pyraLearningRate: numberSchema(pyraOptions.pyraLearningRate).nullable(),
  weightDecay: z.number().min(0).max(10),
  warmupEpochs: z.number().min(0).max(10_000),
  warmupLearningRate: rate,
  minimumLearningRate: rate,
  /** Dropout in LoRA's and the adapter's paths. */
  dropout: z.number().min(0).max(0.95),
  /** Stochastic depth of the last block: it grows linearly over the blocks, from 0 in the first. */
  dropPath: z.number().min(0).max(0.95),
  /** Drives initial weights, the order of batches, augmentation, dropout, stochastic depth, and drawn tasks. */
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Drives the split of a data set that brings none. */
  splitSeed: z.number().int().min(0).max(0xffff_ffff),
  /** Per cent to train, validate and test where the data set brings no split; together 100. */
  splitShares: z
    .tuple([share, share, share])
    .refine(([train, validation, test]) => Math.abs(train + validation + test - 100) < 1e-6 && train > 0 && validation > 0, {
      message: 'three per cents that make 100, the first two above 0',
    })
    .default([70, 15, 15]),
  /** Training computes each block's forward again in its backward: less memory, more time, the same bits. */
  recompute: z.boolean().default(false),
  /** Rounds the frozen matrices to float16. A card holds them so in half the memory; the results are others than without. */
  halfWeights: z.boolean().default(false),
  /** Pictures of a drawn task to train, validate and test with; null: as many as a VTAB-1k task has, 800, 200 and 1000. */
  taskPictures: z.tuple([taskPart, taskPart, taskPart]).nullable().default(null),
  select: z.enum(SELECTIONS).default('accuracy'),
  protocol: z.enum(PROTOCOLS).default('choose'),
  /** Weights of the training loss alone: measurements count every picture alike. */
  classWeights: z.enum(CLASS_WEIGHTS).default('none'),
  /** Epochs from one measurement to the next; the last epoch is always measured. The paper has 10. */
  measureEvery: positiveInteger.max(10_000).default(1),
  /** Training pictures are mirrored with a chance of one half, anew each epoch. The paper augments nothing. */
  flip: z.boolean().default(false),
  /** The most that a random cut takes off each side of a training picture, as a share of it. */
  crop: z.number().min(0).max(0.9).default(0),
  /** How far brightness, contrast and saturation of training pictures go from 1 at most. */
  colour: z.number().min(0).max(1).default(0),
});

export type Configuration = z.infer<typeof configurationSchema>;

/** What a person said of a backbone; null where its files are believed. */
export type BackboneAnswers = Pick<Configuration, 'heads' | 'mean' | 'std'>;
/** A backbone, and how it is to be understood. */
export type BackboneChoice = Pick<Configuration, 'model'> & BackboneAnswers;

export const NO_ANSWERS: BackboneAnswers = { heads: null, mean: null, std: null };

/** A configuration's backbone without the rest of it. */
export const backboneChoice = ({ model, heads, mean, std }: BackboneChoice): BackboneChoice => ({ model, heads, mean, std });

/** The name of the backbone that comes with the project. */
export const BUNDLED = 'bundled';

/** The paper's recipe for VTAB-1k, with the bundled backbone and a drawn task. */
export const PAPER_RECIPE: Configuration = {
  version: 1,
  model: BUNDLED,
  ...NO_ANSWERS,
  data: 'task:texture',
  imageSize: 64,
  method: PROPOSED,
  peft: lora.name,
  loraRank: lora.options.loraRank.initial,
  adapterWidth: adapter.options.adapterWidth.initial,
  schedule: 'low',
  proportionalAttention: pyraOptions.proportionalAttention.initial,
  epochs: 100,
  batchSize: 32,
  learningRate: 1e-3,
  pyraLearningRate: pyraOptions.pyraLearningRate.initial,
  weightDecay: 1e-4,
  warmupEpochs: 10,
  warmupLearningRate: 1e-6,
  minimumLearningRate: 1e-5,
  dropout: 0.1,
  dropPath: 0.1,
  seed: 0,
  splitSeed: 0,
  splitShares: [70, 15, 15],
  recompute: false,
  halfWeights: false,
  taskPictures: null,
  select: 'accuracy',
  protocol: 'choose',
  classWeights: 'none',
  measureEvery: 1,
  flip: false,
  crop: 0,
  colour: 0,
};

/**
 * Options that came after the first records. Where they have the recipe's values, they are left out of what identifies a run, so that
 * older records are still recognised.
 */
export const LATER_OPTIONS = [
  'classWeights',
  'halfWeights',
  'flip',
  'crop',
  'colour',
] as const satisfies readonly (keyof Configuration)[];

/** The configuration with other epochs, of which a tenth warms up, as in the recipe (10 of 100). */
export function withEpochs(configuration: Configuration, epochs: number): Configuration {
  return { ...configuration, epochs, warmupEpochs: epochs / 10 };
}

/** The schedule that takes effect: none for a method that keeps all tokens. */
export const scheduleOf = ({ method, schedule }: Pick<Configuration, 'method' | 'schedule'>): string =>
  reduces(method) ? schedule : 'none';
