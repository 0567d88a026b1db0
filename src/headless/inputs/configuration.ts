import type { z } from 'zod';
import { adapterTags, PEFTS } from '../../vit/adapters/index.js';
import { type Architecture, usualImageSize } from '../../vit/architecture.js';
import {
  BUNDLED,
  configurationSchema,
  PAPER_RECIPE,
  PROTOCOLS,
  SELECTIONS,
  CLASS_WEIGHTS,
  withEpochs,
  type Configuration,
} from '../../vit/configuration.js';
import { METHODS, reduces } from '../../vit/methods/index.js';
import type { OptionDescription, UnitFlag } from '../../vit/options.js';
import { UNIT_OPTIONS } from '../../vit/unit-options.js';
import type { ArchitectureOverrides } from '../../formats/backbones/weights.js';
import { DEFAULT_SHARES, requireShares } from '../../data/split.js';
import { invalid, tableOf, type Arguments, type OptionTable } from '../arguments.js';

/** The placeholder for a value in the help, by the kind of option. A switch has none. */
const VALUES = { integer: 'N', 'own rate': 'RATE', switch: undefined } as const satisfies Record<
  OptionDescription['kind'],
  string | undefined
>;

const UNIT_FLAGS: OptionTable<UnitFlag> = tableOf([...UNIT_OPTIONS.values()], ({ flag, kind, help }) => {
  const value = VALUES[kind];
  return [flag, value === undefined ? { help } : { value, help }];
});

export const RECIPE_OPTIONS = {
  method: { value: METHODS.join('|'), help: 'how tokens merge (default: pyra)' },
  peft: { value: PEFTS.join('|'), help: 'what is trained beside the head (default: lora)' },
  ...UNIT_FLAGS,
  schedule: {
    value: 'none|low|high|LIST',
    help: "tokens merged in each block: the paper's two rates, 16, 16@-1 or 16,16,... (default: low)",
  },
  epochs: { value: 'N', help: 'epochs, of which a tenth warms up (default: 100)' },
  batch: { value: 'N', help: 'pictures in a step (default: 32)' },
  lr: { value: 'RATE', help: 'learning rate (default: 0.001)' },
  'weight-decay': { value: 'RATE', help: 'weight decay (default: 0.0001)' },
  'image-size': { value: 'PIXELS', help: "side of the pictures (default: the model's own; 64 with the bundled model)" },
  seed: { value: 'N', help: 'seed of initial weights, order, dropout and drawn tasks (default: 0)' },
  recompute: { help: "compute each block's activations again in its backward: less memory, more time, the same result" },
  'half-weights': {
    help: 'round the frozen weights to half precision, in which a graphics card stores them: half the memory; the mean loss changes by less than 1 %, and the number of merges that differ is reported',
  },
  'half-activations': {
    help: 'keep what the backward needs of the forward in half precision: up to half the memory of activations; the mean loss changes by less than 1 %',
  },
  'split-seed': { value: 'N', help: 'seed of the split into parts where the data set has none (default: 0)' },
  pictures: { value: 'A,B,C', help: 'of a drawn task: pictures to train, validate and test (default: 800,200,1000)' },
  select: {
    value: SELECTIONS.join('|'),
    help: 'which epoch counts: the highest validation accuracy, the lowest loss, or the last (default: accuracy)',
  },
  'class-weights': {
    value: CLASS_WEIGHTS.join('|'),
    help: 'balanced: each class has the same total weight in the training loss, however many pictures it has (default: none)',
  },
  flip: { help: 'mirror training pictures, each with probability one half, drawn anew each epoch' },
  crop: {
    value: 'SHARE',
    help: 'crop training pictures at random by at most this share of each side (default: 0; 0.2 is usual)',
  },
  colour: {
    value: 'SHARE',
    help: 'vary their brightness, contrast and saturation by up to this share (default: 0; 0.2 is usual)',
  },
  'measure-every': { value: 'N', help: 'validate every N epochs (default: 1; in the paper 10)' },
  protocol: {
    value: PROTOCOLS.join('|'),
    help: 'search: no test; published: train on validation pictures too, last epoch; released: the same, best of repeated tests (default: choose)',
  },
  split: { value: 'A,B,C', help: 'per cent to train, validate and test where the data set has no parts (default: 70,15,15)' },
} as const satisfies OptionTable<string>;

type RecipeOption = keyof typeof RECIPE_OPTIONS;

/** The command line's option for a field of the configuration, where their names differ. */
const OPTION_OF = new Map<string, RecipeOption>([
  ['batchSize', 'batch'],
  ['learningRate', 'lr'],
  ['weightDecay', 'weight-decay'],
  ['imageSize', 'image-size'],
  ['splitSeed', 'split-seed'],
  ['splitShares', 'split'],
  ['taskPictures', 'pictures'],
  ['measureEvery', 'measure-every'],
  ['classWeights', 'class-weights'],
]);

export interface Given {
  readonly model: string;
  readonly data: string;
  readonly architecture: Architecture;
  /** What the user stated about the model because its files do not. It is part of the run, which could not be repeated without it. */
  readonly overrides: ArchitectureOverrides;
}

export interface Draws {
  readonly seed: number;
  readonly splitSeed: number;
  readonly splitShares: [train: number, validation: number, test: number];
}

/** The seeds and the split, and the size of a drawn task. */
export interface TaskDraws extends Draws {
  readonly taskPictures: [train: number, validation: number, test: number] | null;
}

/** The split of a data set that has no parts of its own. */
export function readSplit(args: Pick<Arguments<'split-seed' | 'split'>, 'integer' | 'numbers'>): Omit<Draws, 'seed'> {
  const shares = args.numbers('split', 3);
  const [train, validation, test] = shares ? requireShares(shares, 'split') : DEFAULT_SHARES;
  return {
    splitSeed: requireSeed('split-seed', args.integer('split-seed') ?? 0),
    splitShares: [train, validation, test],
  };
}

function requireSeed(option: string, value: number): number {
  if (value < 0 || value > 0xffff_ffff) throw invalid(option, `is ${value}, expected a number from 0 to 4294967295`);
  return value;
}

/** What is needed to open the data: the seeds, the split, and the size of a drawn task. */
export function readDraws(args: Pick<Arguments<'seed' | 'split-seed' | 'split' | 'pictures'>, 'integer' | 'numbers'>): TaskDraws {
  const [train, validation, test] = args.numbers('pictures', 3) ?? [];
  const given = train !== undefined && validation !== undefined && test !== undefined;
  const taskPictures: TaskDraws['taskPictures'] = given ? [train, validation, test] : null;
  for (const count of taskPictures ?? []) {
    if (!Number.isSafeInteger(count) || count < 1) throw invalid('pictures', `has ${count}, which is no number of pictures`);
  }
  return { seed: requireSeed('seed', args.integer('seed') ?? 0), taskPictures, ...readSplit(args) };
}

/** The given options of the units, by the configuration's names. */
function readUnitOptions(args: Arguments<UnitFlag>): Record<string, number | boolean> {
  const given: Record<string, number | boolean> = {};
  for (const [name, { kind, flag, initial }] of UNIT_OPTIONS) {
    if (kind === 'switch') {
      if (args.flag(flag)) given[name] = !initial;
      continue;
    }
    const value = kind === 'integer' ? args.integer(flag) : args.number(flag);
    if (value !== undefined) given[name] = value;
  }
  return given;
}

/** The paper's recipe with the changes that the options make. Throws `option.invalid` with the option's name. */
export function readConfiguration(args: Arguments<RecipeOption>, { model, data, architecture, overrides }: Given): Configuration {
  const given = {
    ...withEpochs(PAPER_RECIPE, args.integer('epochs') ?? PAPER_RECIPE.epochs),
    ...readDraws(args),
    model,
    heads: overrides.heads ?? null,
    mean: overrides.mean ?? null,
    std: overrides.std ?? null,
    data,
    imageSize: args.integer('image-size') ?? (model === BUNDLED ? PAPER_RECIPE.imageSize : usualImageSize(architecture)),
    recompute: args.flag('recompute'),
    halfWeights: args.flag('half-weights'),
    halfActivations: args.flag('half-activations'),
    method: args.choice('method', METHODS) ?? PAPER_RECIPE.method,
    peft: args.choice('peft', PEFTS) ?? PAPER_RECIPE.peft,
    ...readUnitOptions(args),
    schedule: args.text('schedule') ?? PAPER_RECIPE.schedule,
    select: args.choice('select', SELECTIONS) ?? PAPER_RECIPE.select,
    protocol: args.choice('protocol', PROTOCOLS) ?? PAPER_RECIPE.protocol,
    classWeights: args.choice('class-weights', CLASS_WEIGHTS) ?? PAPER_RECIPE.classWeights,
    measureEvery: args.integer('measure-every') ?? PAPER_RECIPE.measureEvery,
    flip: args.flag('flip'),
    crop: args.number('crop') ?? PAPER_RECIPE.crop,
    colour: args.number('colour') ?? PAPER_RECIPE.colour,
    batchSize: args.integer('batch') ?? PAPER_RECIPE.batchSize,
    learningRate: args.number('lr') ?? PAPER_RECIPE.learningRate,
    weightDecay: args.number('weight-decay') ?? PAPER_RECIPE.weightDecay,
  };
  return requireConfiguration(given);
}

/** Throws `option.invalid` with the name of the option that has an invalid value. */
export function requireConfiguration(given: Readonly<Record<string, unknown>>): Configuration {
  const parsed = configurationSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [field, value = ''] = Object.entries(given).find(([name]) => name === issue?.path[0]) ?? ['method'];
  const option = UNIT_OPTIONS.get(field)?.flag ?? OPTION_OF.get(field) ?? field;
  throw invalid(option, `is ${String(value)}, expected ${issue ? expectation(issue) : 'another value'}`);
}

/** What a field's value must be; continues `expected`. */
function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small') return `${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}`;
  return `another value: ${issue.message}`;
}

/** A name made of what distinguishes the run. */
export function defaultName(configuration: Configuration): string {
  const { data, method, schedule, seed } = configuration;
  return [
    data.replace(/^task:/, '').replace(/\.[a-z]+$/i, ''),
    reduces(method) ? `${method}-${schedule}` : method,
    ...adapterTags(configuration).map((tag) => tag.toLowerCase().replace(' ', '')),
    `seed${seed}`,
  ].join('-');
}
