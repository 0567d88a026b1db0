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
 * Which epoch's weights are kept: those of the highest validation accuracy (on a tie the lower loss), of the lowest validation loss, or of
 * the last epoch.
 */
export const SELECTIONS = ['accuracy', 'loss', 'last'] as const;
export type Selection = (typeof SELECTIONS)[number];

/**
 * How classes are weighted in the training loss. `none`: every picture has the same weight. `balanced`: every class has the same total
 * weight, however many pictures it has.
 */
export const CLASS_WEIGHTS = ['none', 'balanced'] as const;
export type ClassWeights = (typeof CLASS_WEIGHTS)[number];

/**
 * How the parts of the data are used. `choose`: the training part trains, validation chooses the epoch, and the test part is measured once.
 * `search`: the same without the test part, for choosing options. `published`: VTAB-1k's last step: training and validation parts train
 * together, the last epoch is kept, and it is tested once. `released`: what PYRA's released script does: both parts train, the test part is
 * measured repeatedly, and the best result is reported, which is higher than an independent test would give.
 */
export const PROTOCOLS = ['choose', 'search', 'published', 'released'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Whether the validation part is trained on as well, so that there is none to validate with. */
export const trainsOnAll = ({ protocol }: { readonly protocol: Protocol }): boolean =>
  protocol === 'published' || protocol === 'released';

const positiveInteger = z.number().int().min(1);
const rate = z.number().min(0).max(10);
const taskPart = positiveInteger.max(100_000);
const share = z.number().min(0).max(100);
const colour = z.number().min(-10).max(10);
const deviation = z.number().positive().max(10);

/**
 * Everything that decides a run, apart from `recompute`, which changes no bit: the same configuration, data and adapter give the same bits.
 */
export const configurationSchema = z.strictObject({
  version: z.literal(1),
  /** `bundled`, or the name of a file that was given. */
  model: z.string().min(1).max(500),
  /**
   * What a person has said about the backbone that its files may not: attention heads, and the mean and standard deviation by which pixels
   * are normalised, in units of 0 to 1. Null takes what the files say, or the default. Records from before these options have none of them.
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
  /** The learning rate of PYRA's weights. Null takes the common learning rate, as in the released runs. */
  pyraLearningRate: numberSchema(pyraOptions.pyraLearningRate).nullable(),
  weightDecay: z.number().min(0).max(10),
  warmupEpochs: z.number().min(0).max(10_000),
  warmupLearningRate: rate,
  minimumLearningRate: rate,
  /** Dropout in LoRA's and the adapter's paths. */
  dropout: z.number().min(0).max(0.95),
  /** Stochastic depth of the last block. It grows linearly over the blocks, from 0 in the first. */
  dropPath: z.number().min(0).max(0.95),
  /** Seeds the initial weights, the order of batches, augmentation, dropout, stochastic depth, and drawn tasks. */
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Seeds the split of a data set that has no parts of its own. */
  splitSeed: z.number().int().min(0).max(0xffff_ffff),
  /** Per cent to train, validate and test, for a data set that has no parts of its own; together 100. */
  splitShares: z
    .tuple([share, share, share])
    .refine(([train, validation, test]) => Math.abs(train + validation + test - 100) < 1e-6 && train > 0 && validation > 0, {
      message: 'three per cents that make 100, the first two above 0',
    })
    .default([70, 15, 15]),
  /** Computes each block's forward again in its backward: less memory, more time, the same bits. */
  recompute: z.boolean().default(false),
  /** Rounds the frozen matrices to float16. A graphics card then holds them in half the memory. Results differ from those without it. */
  halfWeights: z.boolean().default(false),
  /** Keeps what the backward reads of the forward's activations in float16, which halves their memory. The results differ slightly. */
  halfActivations: z.boolean().default(false),
  /** Pictures of a drawn task to train, validate and test with. Null takes the numbers of a VTAB-1k task: 800, 200 and 1000. */
  taskPictures: z.tuple([taskPart, taskPart, taskPart]).nullable().default(null),
  select: z.enum(SELECTIONS).default('accuracy'),
  protocol: z.enum(PROTOCOLS).default('choose'),
  /** Weights of the classes in the training loss. Measurements always count every picture alike. */
  classWeights: z.enum(CLASS_WEIGHTS).default('none'),
  /** Epochs between measurements; the last epoch is always measured. The paper uses 10. */
  measureEvery: positiveInteger.max(10_000).default(1),
  /** Whether training pictures are mirrored with probability one half, drawn anew each epoch. The paper uses no augmentation. */
  flip: z.boolean().default(false),
  /** The largest part of a training picture's side that a random crop removes, from 0 to 0.9. */
  crop: z.number().min(0).max(0.9).default(0),
  /** The largest change of brightness, contrast and saturation of training pictures, each as a factor around 1. */
  colour: z.number().min(0).max(1).default(0),
});

export type Configuration = z.infer<typeof configurationSchema>;

/** What a person has said about a backbone; null where its files are believed. */
export type BackboneAnswers = Pick<Configuration, 'heads' | 'mean' | 'std'>;
/** A backbone, and how it is to be read. */
export type BackboneChoice = Pick<Configuration, 'model'> & BackboneAnswers;

export const NO_ANSWERS: BackboneAnswers = { heads: null, mean: null, std: null };

/** A configuration's backbone without the rest of it. */
export const backboneChoice = ({ model, heads, mean, std }: BackboneChoice): BackboneChoice => ({ model, heads, mean, std });

/** The name of the backbone that comes with the project. */
export const BUNDLED = 'bundled';

const TASK_PREFIX = 'task:';
/** The name of a drawn task as a data set: `task:texture`. */
export const drawnData = (task: string): string => `${TASK_PREFIX}${task}`;
/** Whether a data set is a drawn task, whose pictures differ for each seed. */
export const isDrawn = (data: string): boolean => data.startsWith(TASK_PREFIX);
/** The task of a drawn data set. */
export const taskOf = (data: string): string => data.slice(TASK_PREFIX.length);

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
  halfActivations: false,
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
 * Options that were added after the first records. Where they have the recipe's values they are left out of a run's identity, so that older
 * records are still recognised.
 */
export const LATER_OPTIONS = [
  'classWeights',
  'halfWeights',
  'halfActivations',
  'flip',
  'crop',
  'colour',
] as const satisfies readonly (keyof Configuration)[];

/** The configuration with another number of epochs, a tenth of them for warm-up, as in the recipe (10 of 100). */
export function withEpochs(configuration: Configuration, epochs: number): Configuration {
  return { ...configuration, epochs, warmupEpochs: epochs / 10 };
}

/** The schedule that takes effect: `none` for a method that keeps all tokens. */
export const scheduleOf = ({ method, schedule }: Pick<Configuration, 'method' | 'schedule'>): string =>
  reduces(method) ? schedule : 'none';
