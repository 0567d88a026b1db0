/** Expands a sweep into points. A point is one run, or a search for an option with the run that uses the result. */
import { basename } from 'node:path';
import { configurationSchema, PAPER_RECIPE, scheduleOf, withEpochs, type Configuration } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import { COMPARED, PROPOSED, reduces } from '../../vit/methods/index.js';
import { dataName } from '../inputs/inputs.js';
import type { Recipe, SweepBackbone, SweepBlock, SweepFile, SweepTask } from './config.js';

/** The rates of PYRA's weights that the paper searches (Xiong et al. 2024). */
export const SEARCHED_RATES = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3] as const;

export interface Point {
  readonly backbone: SweepBackbone;
  readonly task: SweepTask;
  /** The configuration of the run that counts. With a search, PYRA's own rate is filled in afterwards. */
  readonly configuration: Configuration;
  /** The runs among which PYRA's own rate is chosen, by validation accuracy. */
  readonly search: readonly Configuration[];
}

/** The settings that a recipe gives to a run; `settings` may override them. */
const RECIPE_SETTINGS: Readonly<Record<Recipe, Partial<Configuration>>> = {
  // For a search, 800 pictures train and 200 choose. Then all 1000 train, and the test part is measured once.
  paper: { protocol: 'published', measureEvery: 10 },
  // All 1000 pictures train, all weights have the common rate, and the best measurement of the test part is reported.
  released: { protocol: 'released', measureEvery: 10, pyraLearningRate: null },
};

/** Fields of the configuration for which a sweep has lists. */
export const OWN_LISTS: readonly string[] = [
  'version',
  'model',
  'heads',
  'mean',
  'std',
  'data',
  'method',
  'peft',
  'schedule',
  'seed',
];

function baseOf(block: SweepBlock): Record<string, unknown> {
  const settings = block.settings ?? {};
  const taken = Object.keys(settings).find((name) => OWN_LISTS.includes(name));
  if (taken !== undefined) throw invalid(taken, 'has a list of its own in a sweep');
  const unknown = Object.keys(settings).find((name) => !Object.hasOwn(PAPER_RECIPE, name));
  if (unknown !== undefined) throw invalid(unknown, 'is no field of a configuration');
  const { epochs } = settings;
  const lasting = typeof epochs === 'number' ? withEpochs(PAPER_RECIPE, epochs) : PAPER_RECIPE;
  return { ...lasting, ...(block.recipe ? RECIPE_SETTINGS[block.recipe] : {}), ...settings };
}

const invalid = (field: string, what: string): PlaygroundError =>
  new PlaygroundError('option.invalid', `settings: '${field}' ${what}`, { subject: field });

function configurationOf(given: Record<string, unknown>): Configuration {
  const parsed = configurationSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(issue?.path.join('.') ?? '', `is not valid: ${issue?.message ?? ''}`);
}

const seedsOf = (seeds: SweepBlock['seeds']): readonly number[] =>
  typeof seeds === 'number' ? Array.from({ length: seeds }, (_, index) => index) : (seeds ?? [0]);

/** @param imageSizeOf the backbone's default side, for settings that name none. */
function* pointsOfBlock(block: SweepBlock, imageSizeOf: (backbone: SweepBackbone) => number): Generator<Point> {
  const base = baseOf(block);
  const sized = block.settings?.['imageSize'] !== undefined;
  // The seed is the outermost loop and the method the innermost, so that runs that are compared in pairs follow each other.
  for (const seed of seedsOf(block.seeds)) {
    for (const task of block.tasks ?? [{ data: PAPER_RECIPE.data, options: {}, optional: false }]) {
      for (const backbone of block.backbones ?? [{ path: PAPER_RECIPE.model }]) {
        for (const peft of block.peft ?? [PAPER_RECIPE.peft]) {
          for (const schedule of block.schedules ?? ['low', 'high']) {
            for (const method of block.methods ?? COMPARED) {
              const { heads = null, mean = null, std = null } = backbone;
              const configuration = configurationOf({
                ...base,
                ...{ model: modelName(backbone.path), heads, mean, std, data: taskName(task) },
                ...(sized ? {} : { imageSize: imageSizeOf(backbone) }),
                ...{ method, peft, seed, schedule: scheduleOf({ method, schedule }) },
              });
              yield { backbone, task, configuration, search: searchOf(configuration, block) };
            }
          }
        }
      }
    }
  }
}

const modelName = (path: string): string => (path === PAPER_RECIPE.model || path.includes('://') ? path : basename(path));

/** A task of a VTAB-1k folder is called by its own name, under which its results are compared. */
export const taskName = ({ data, options }: SweepTask): string => options.task ?? dataName(data);

function searchOf(configuration: Configuration, { recipe, settings }: SweepBlock): Configuration[] {
  const searched = recipe === 'paper' && configuration.method === PROPOSED && settings?.['pyraLearningRate'] === undefined;
  if (!searched || !reduces(configuration.method)) return [];
  return SEARCHED_RATES.map((pyraLearningRate) => ({ ...configuration, protocol: 'search', pyraLearningRate }));
}

/** All points of a sweep in the order in which they run, each once. Throws `option.invalid` for impossible settings. */
export function pointsOf({ runs, ...common }: SweepFile, imageSizeOf: (backbone: SweepBackbone) => number): Point[] {
  const points = new Map<string, Point>();
  for (const block of runs) {
    const settings = { ...common.settings, ...block.settings };
    for (const point of pointsOfBlock({ ...common, ...block, settings }, imageSizeOf)) {
      const key = JSON.stringify([point.backbone, point.task, point.configuration, point.search.length]);
      if (!points.has(key)) points.set(key, point);
    }
  }
  return [...points.values()];
}

export interface Shard {
  /** Counted from 1. */
  readonly index: number;
  readonly count: number;
}

/** Reads `i/n`. Throws `option.invalid` for anything else. */
export function readShard(text: string | undefined): Shard {
  if (text === undefined) return { index: 1, count: 1 };
  const [, index = 0, count = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new PlaygroundError('option.invalid', `--shard is '${text}', expected i/n, from 1/n to n/n`, { subject: 'shard' });
}

/** Every n-th point. A search and the run that uses its result are one point, so that shards share nothing. */
export const shardOf = (points: readonly Point[], { index, count }: Shard): Point[] =>
  points.filter((_, position) => position % count === index - 1);
