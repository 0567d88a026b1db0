import {
  configurationSchema,
  METHODS,
  PAPER_RECIPE,
  PEFTS,
  usesAdapter,
  usesLora,
  withEpochs,
  type Configuration,
} from '../../vit/configuration.js';
import type { ArchitectureOverrides } from '../../formats/backbones/weights.js';
import type { Architecture } from '../../vit/architecture.js';
import { invalid, type Arguments, type OptionTable } from '../arguments.js';
import { BUNDLED } from './inputs.js';

export const RECIPE_OPTIONS = {
  method: { value: METHODS.join('|'), help: 'how tokens merge (default: pyra)' },
  peft: { value: PEFTS.join('|'), help: 'what is trained beside the head (default: lora)' },
  rank: { value: 'N', help: "LoRA's rank (default: 8)" },
  'adapter-width': { value: 'N', help: "the adapter's hidden width (default: 8)" },
  schedule: {
    value: 'none|low|high|LIST',
    help: "tokens merged in each block: the paper's two rates, 16, 16@-1 or 16,16,... (default: low)",
  },
  epochs: { value: 'N', help: 'epochs, of which a tenth warms up (default: 100)' },
  batch: { value: 'N', help: 'pictures in a step (default: 32)' },
  lr: { value: 'RATE', help: 'learning rate (default: 0.001)' },
  'pyra-lr': { value: 'RATE', help: "PYRA's own learning rate (default: the common one)" },
  'weight-decay': { value: 'RATE', help: 'weight decay (default: 0.0001)' },
  'image-size': { value: 'PIXELS', help: "side of the pictures (default: the model's own; 64 with the bundled model)" },
  seed: { value: 'N', help: 'drives initial weights, order, dropout and drawn tasks (default: 0)' },
  recompute: { help: "compute each block's activations again in its backward: less GPU memory, more time, the same result" },
  'split-seed': { value: 'N', help: 'drives the split where the data set brings none (default: 0)' },
} as const satisfies OptionTable<string>;

type RecipeOption = keyof typeof RECIPE_OPTIONS;

/** The option that sets a field of the configuration. */
const OPTION_OF: Partial<Record<keyof Configuration, RecipeOption>> = {
  loraRank: 'rank',
  adapterWidth: 'adapter-width',
  batchSize: 'batch',
  learningRate: 'lr',
  pyraLearningRate: 'pyra-lr',
  weightDecay: 'weight-decay',
  imageSize: 'image-size',
  splitSeed: 'split-seed',
};

export interface Given {
  readonly model: string;
  readonly data: string;
  readonly architecture: Architecture;
  /** What was said of the model that its files may not say: without it the run could not be made again. */
  readonly overrides: ArchitectureOverrides;
}

/** The seeds alone, which are needed to open the data. */
export function readSeeds(args: Pick<Arguments<'seed' | 'split-seed'>, 'integer'>): { seed: number; splitSeed: number } {
  const seeds = { seed: args.integer('seed') ?? 0, splitSeed: args.integer('split-seed') ?? 0 };
  for (const [option, value] of [['seed', seeds.seed] as const, ['split-seed', seeds.splitSeed] as const]) {
    if (value < 0 || value > 0xffff_ffff) throw invalid(option, `is ${value}, but is from 0 to 4294967295`);
  }
  return seeds;
}

/** The recipe of the paper with what the options change. Throws `option.invalid` with the option's name. */
export function readConfiguration(args: Arguments<RecipeOption>, { model, data, architecture, overrides }: Given): Configuration {
  const given = {
    ...withEpochs(PAPER_RECIPE, args.integer('epochs') ?? PAPER_RECIPE.epochs),
    ...readSeeds(args),
    model,
    heads: overrides.heads ?? null,
    mean: overrides.mean ?? null,
    std: overrides.std ?? null,
    data,
    imageSize: args.integer('image-size') ?? (model === BUNDLED ? PAPER_RECIPE.imageSize : architecture.imageSize),
    recompute: args.flag('recompute'),
    method: args.choice('method', METHODS) ?? PAPER_RECIPE.method,
    peft: args.choice('peft', PEFTS) ?? PAPER_RECIPE.peft,
    loraRank: args.integer('rank') ?? PAPER_RECIPE.loraRank,
    adapterWidth: args.integer('adapter-width') ?? PAPER_RECIPE.adapterWidth,
    schedule: args.text('schedule') ?? PAPER_RECIPE.schedule,
    batchSize: args.integer('batch') ?? PAPER_RECIPE.batchSize,
    learningRate: args.number('lr') ?? PAPER_RECIPE.learningRate,
    pyraLearningRate: args.number('pyra-lr') ?? PAPER_RECIPE.pyraLearningRate,
    weightDecay: args.number('weight-decay') ?? PAPER_RECIPE.weightDecay,
  };
  const parsed = configurationSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = Object.keys(given).find((name): name is keyof Configuration => name === issue?.path[0]);
  const value = field === undefined ? '' : String(given[field]);
  const why = issue?.message ?? 'not valid';
  const option = field === undefined ? 'method' : (OPTION_OF[field] ?? field);
  throw invalid(option, `is ${value}, which is ${why.charAt(0).toLowerCase()}${why.slice(1)}`);
}

/** A name that says what sets a run apart. */
export function defaultName({ data, method, schedule, peft, loraRank, adapterWidth, seed }: Configuration): string {
  return [
    data.replace(/^task:/, '').replace(/\.[a-z]+$/i, ''),
    method === 'none' ? 'none' : `${method}-${schedule}`,
    ...(usesLora(peft) ? [`lora${loraRank}`] : []),
    ...(usesAdapter(peft) ? [`adapter${adapterWidth}`] : []),
    ...(peft === 'linear' ? ['linear'] : []),
    `seed${seed}`,
  ].join('-');
}
