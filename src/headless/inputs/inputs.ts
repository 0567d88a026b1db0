/** The model and the data set that a command is given. */
import { totalmem } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PixelCache } from '../../data/batches.js';
import { openDataset } from '../../data/open.js';
import { openTask } from '../../data/tasks/index.js';
import type { Dataset } from '../../data/types.js';
import type { LoadedWeights, WeightReader } from '../../formats/types.js';
import { loadWeights, type ArchitectureOverrides } from '../../formats/backbones/weights.js';
import type { DataEdits, SkippedFile } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import { PlaygroundError } from '../../vit/errors.js';
import { invalid, type Arguments, type OptionTable } from '../arguments.js';
import { byteSourceFromPath } from './files.js';
import { byteSourcesFromPath } from './folders.js';
import { sharpDecoder } from '../machine/images.js';
import { openModelFiles } from './model-files.js';
import type { Terminal } from '../terminal.js';

export const BUNDLED = 'bundled';
const BUNDLED_FILE = fileURLToPath(new URL('../../../public/models/formula-vit.safetensors', import.meta.url));

export const MODEL_OPTIONS = {
  model: {
    value: 'FILE',
    help: 'backbone: safetensors, .npz, .pth, a folder, owner/name[@revision] or https://... (default: the bundled one)',
  },
  heads: { value: 'N', help: 'attention heads, where the file does not say' },
  mean: { value: 'R,G,B', help: "the pixels' mean, where the file does not say (0 to 1)" },
  std: { value: 'R,G,B', help: "the pixels' standard deviation, where the file does not say" },
} as const satisfies OptionTable<string>;

export const DATA_OPTIONS = {
  data: { value: 'PATH', help: 'a folder, a zip, ... of labelled pictures, or task:NAME (default: task:texture)' },
  task: { value: 'NAME', help: 'which task of a VTAB-1k folder that holds several' },
} as const satisfies OptionTable<string>;

export interface Model {
  readonly name: string;
  readonly architecture: Architecture;
  readonly reader: WeightReader;
  readonly loaded: LoadedWeights;
}

function triple(values: readonly number[] | undefined): readonly [number, number, number] | undefined {
  const [r, g, b] = values ?? [];
  return r === undefined || g === undefined || b === undefined ? undefined : [r, g, b];
}

/** What a person says about the model that the file may not. */
export function modelOverrides(args: Pick<Arguments<'heads' | 'mean' | 'std'>, 'integer' | 'numbers'>): ArchitectureOverrides {
  const heads = args.integer('heads');
  const mean = triple(args.numbers('mean', 3));
  const std = triple(args.numbers('std', 3));
  if (heads !== undefined && heads < 1) throw invalid('heads', `is ${heads}, but is at least 1`);
  if (std?.some((value) => value <= 0)) throw invalid('std', 'has a number that is not above 0');
  return { ...(heads === undefined ? {} : { heads }), ...(mean ? { mean } : {}), ...(std ? { std } : {}) };
}

/** Opens a backbone by path or reference ({@link openModelFiles}), or the bundled one. Rejects with a sentence where it cannot be used. */
export async function openModel(path: string, terminal: Terminal, overrides: ArchitectureOverrides = {}): Promise<Model> {
  const { sources, name } =
    path === BUNDLED
      ? { sources: [await byteSourceFromPath(BUNDLED_FILE, 'formula-vit.safetensors')], name: BUNDLED }
      : await openModelFiles(path, terminal);
  const loaded = await loadWeights(sources, overrides);
  if (!loaded.architecture) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `${path}: holds adapted weights without the backbone that they were trained on, so it cannot be --model`,
      { subject: 'model' },
    );
  }
  for (const guess of loaded.guesses) terminal.note(guess);
  return { name, architecture: loaded.architecture, reader: loaded.reader, loaded };
}

export interface DataRequest {
  /** A path, or `task:NAME`. */
  readonly data: string;
  readonly task: string | undefined;
  /** Draws a built-in task. */
  readonly seed: number;
  readonly splitSeed: number;
  /** Of a data set's classes; a built-in task has none. */
  readonly edits?: DataEdits['classes'];
}

export interface Data {
  readonly dataset: Dataset;
  readonly skipped: readonly SkippedFile[];
  /** What a configuration calls it: no folder of this machine. */
  readonly name: string;
}

/** What a configuration calls a data set: a task, or the last part of its path. */
export const dataName = (data: string): string => (data.startsWith('task:') ? data : basename(resolve(data)));

export async function openData({ data, task, seed, splitSeed, edits = {} }: DataRequest): Promise<Data> {
  if (data.startsWith('task:')) {
    if (Object.keys(edits).length > 0) throw invalid('classes', 'edits a data set, and a drawn task keeps its classes');
    const dataset = openTask(data, seed);
    return { dataset, skipped: [], name: dataset.name };
  }
  const name = dataName(data);
  const { dataset, skipped } = await openDataset(await byteSourcesFromPath(data), sharpDecoder, {
    name,
    splitSeed,
    edits,
    ...(task === undefined ? {} : { task }),
  });
  return { dataset, skipped, name };
}

/** The pictures of a data set at a side. A quarter of the memory may hold them; what is beyond that is decoded again each time. */
export function picturesOf({ dataset }: Data, side: number): PixelCache {
  return new PixelCache(dataset, side, { memoryBytes: Math.min(4 * 2 ** 30, totalmem() / 4) });
}

/**
 * Decodes the pictures of the given parts, so that broken ones are named and left out before anything is computed. Drawn ones
 * cannot be broken, and are drawn when they are needed.
 */
export async function readPictures(pictures: PixelCache, indices: readonly number[], terminal: Terminal): Promise<void> {
  if (pictures.dataset.name.startsWith('task:')) return;
  const broken = await pictures.prepare(indices, {
    onProgress: (done, total) => {
      if (done % 16 === 0) terminal.status(`Reading pictures: ${done} of ${total}`);
    },
  });
  reportSkipped(broken, terminal);
}

const MOST_NAMED = 20;

export function reportSkipped(skipped: readonly SkippedFile[], terminal: Terminal): void {
  for (const { name, reason } of skipped.slice(0, MOST_NAMED)) {
    terminal.note(`Left out: ${reason.includes(name) ? reason : `${name}: ${reason}`}`);
  }
  if (skipped.length > MOST_NAMED) terminal.note(`Left out: ${skipped.length - MOST_NAMED} more`);
}
