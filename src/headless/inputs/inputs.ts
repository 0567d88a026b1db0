/** The model and the data set that a command is given. */
import { totalmem } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PixelCache } from '../../data/batches.js';
import { openTask, type TaskPictures } from '../../data/tasks/index.js';
import type { ReadingOptions } from '../../data/readings/types.js';
import type { SplitShares } from '../../data/split.js';
import type { Dataset } from '../../data/types.js';
import type { LoadedWeights, WeightReader } from '../../formats/types.js';
import { loadWeights, type ArchitectureOverrides } from '../../formats/backbones/weights.js';
import type { DataEdits, SkippedFile } from '../../protocol/api.js';
import type { Architecture } from '../../vit/architecture.js';
import { BUNDLED, isDrawn } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import { invalid, optionNames, type Arguments, type OptionTable } from '../arguments.js';
import { countClasses, understoodLines, understoodOf, type Understood } from './data-words.js';
import { byteSourceFromPath } from './files.js';
import { byteSourcesFromPath } from './folders.js';
import { sharpDecoder } from '../machine/images.js';
import { openModelFiles } from './model-files.js';
import { scratchModel } from './scratch.js';
import type { Terminal } from '../terminal.js';

const BUNDLED_FILE = fileURLToPath(new URL('../../../public/models/photo-formula-vit.safetensors', import.meta.url));

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
  task: { value: 'NAME', help: 'which task of a VTAB-1k folder, or which configuration, of several' },
  form: {
    value: 'FORM',
    help: 'how the data are read where they can be read in two ways: folders, table, folders+table, filenames, parquet, numpy, ...',
  },
  'label-column': { value: 'NAME', help: "which of a table's columns holds the labels" },
  'part-column': { value: 'NAME', help: "which of a table's columns holds the parts; none: no column does" },
} as const satisfies OptionTable<string>;

export interface Model {
  readonly name: string;
  /** Where it was found: an absolute path, the reference that it was fetched by, or `bundled`. */
  readonly place: string;
  readonly architecture: Architecture;
  readonly reader: WeightReader;
  readonly loaded: LoadedWeights;
}

function triple(values: readonly number[] | undefined): readonly [number, number, number] | undefined {
  const [r, g, b] = values ?? [];
  return r === undefined || g === undefined || b === undefined ? undefined : [r, g, b];
}

/** What a person says about the model that its files may not. */
export function modelOverrides(args: Pick<Arguments<'heads' | 'mean' | 'std'>, 'integer' | 'numbers'>): ArchitectureOverrides {
  const heads = args.integer('heads');
  const mean = triple(args.numbers('mean', 3));
  const std = triple(args.numbers('std', 3));
  if (heads !== undefined && heads < 1) throw invalid('heads', `is ${heads}, expected at least 1`);
  if (std?.some((value) => value <= 0)) throw invalid('std', 'has a number that is not above 0');
  return { ...(heads === undefined ? {} : { heads }), ...(mean ? { mean } : {}), ...(std ? { std } : {}) };
}

/** Opens a backbone by path or reference ({@link openModelFiles}), or the bundled one. Rejects with a sentence where it cannot be used. */
export async function openModel(path: string, terminal: Terminal, overrides: ArchitectureOverrides = {}): Promise<Model> {
  const fresh = scratchModel(path);
  if (fresh) return fresh;
  const { sources, name, place } =
    path === BUNDLED
      ? { sources: [await byteSourceFromPath(BUNDLED_FILE, 'photo-formula-vit.safetensors')], name: BUNDLED, place: BUNDLED }
      : await openModelFiles(path, terminal);
  const loaded = await loadWeights(sources, overrides);
  if (!loaded.architecture) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `${path}: holds adapted weights without the backbone that they were trained on, so it cannot be --model`,
      { subject: 'model' },
    );
  }
  for (const guess of loaded.guesses) terminal.note(guessLine(guess));
  return { name, place, architecture: loaded.architecture, reader: loaded.reader, loaded };
}

/** A guess about a backbone, with the options that correct it. */
export const guessLine = (guess: string): string => `${guess}; --mean and --std say it otherwise.`;

export type DataOption = Exclude<keyof typeof DATA_OPTIONS, 'data'>;

/** Where data are, and how they are read. */
export interface DataPlace {
  /** A path, or `task:NAME`. */
  readonly place: string;
  /** The values of the other {@link DATA_OPTIONS}. */
  readonly options: Readonly<Partial<Record<DataOption, string>>>;
}

/** The options for reading the data. */
export function readDataOptions(args: Pick<Arguments<DataOption>, 'text'>): DataPlace['options'] {
  const options: Partial<Record<DataOption, string>> = {};
  for (const name of optionNames(DATA_OPTIONS)) {
    if (name === 'data') continue;
    const value = args.text(name);
    if (value !== undefined) options[name] = value;
  }
  return options;
}

/** What the options say of the data. */
export function readDataPlace(
  args: Pick<Arguments<keyof typeof DATA_OPTIONS>, 'text'>,
): Partial<DataPlace> & Pick<DataPlace, 'options'> {
  const place = args.text('data');
  const options = readDataOptions(args);
  return place === undefined ? { options } : { place, options };
}

export interface DataRequest extends DataPlace {
  /** Seed of a drawn task. */
  readonly seed: number;
  readonly splitSeed: number;
  readonly splitShares?: SplitShares;
  /** Of a drawn task: pictures to train, validate and test with. */
  readonly taskPictures?: TaskPictures | null;
  /** Changes of a data set's classes. A drawn task has none. */
  readonly edits?: DataEdits['classes'];
}

export interface Data {
  readonly dataset: Dataset;
  readonly skipped: readonly SkippedFile[];
  /** What was understood of the files, and what a person should know; null for a drawn task. */
  readonly understood: Understood | null;
  /** Its name in a configuration, without any folder of this machine. */
  readonly name: string;
  /** With an absolute path. */
  readonly place: DataPlace;
}

/** A data set's name in a configuration: the task, or the last part of its path. */
export const dataName = (data: string): string => (isDrawn(data) ? data : basename(resolve(data)));

/** The command line's options in the form that the readers take. */
export function readingOptions(options: DataPlace['options']): ReadingOptions {
  const { task, form } = options;
  const [labelColumn, partColumn] = [options['label-column'], options['part-column']];
  return {
    ...(task === undefined ? {} : { task }),
    ...(form === undefined ? {} : { form }),
    ...(labelColumn === undefined ? {} : { labelColumn }),
    ...(partColumn === undefined ? {} : { partColumn }),
  };
}

export async function openData({
  place,
  options,
  seed,
  splitSeed,
  splitShares,
  taskPictures = null,
  edits = {},
}: DataRequest): Promise<Data> {
  if (isDrawn(place)) {
    if (Object.keys(edits).length > 0) throw invalid('classes', 'edits a data set, and a drawn task keeps its classes');
    const dataset = openTask(place, seed, taskPictures);
    return { dataset, skipped: [], understood: null, name: dataset.name, place: { place, options } };
  }
  const name = dataName(place);
  // A drawn task needs none of the readers, which are a third of the modules.
  const { openDataset } = await import('../../data/open.js');
  const opened = await openDataset(await byteSourcesFromPath(place), sharpDecoder, {
    name,
    splitSeed,
    ...(splitShares ? { splitShares } : {}),
    edits,
    ...readingOptions(options),
  });
  const { dataset, skipped } = opened;
  return { dataset, skipped, understood: understoodOf(opened), name, place: { place: resolve(place), options } };
}

/** Pairs separated by commas, or by semicolons where there are any. Separators inside double quotes or after a backslash do not count. */
function splitPairs(text: string): string[] {
  const pairs: string[] = [];
  let pair = '';
  let quoted = false;
  const separator = text.includes(';') ? ';' : ',';
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter === '\\' && [',', ';', '"', '\\'].includes(text.charAt(at + 1))) pair += text.charAt(++at);
    else if (letter === '"') quoted = !quoted;
    else if (letter === separator && !quoted) {
      pairs.push(pair);
      pair = '';
    } else pair += letter;
  }
  return text === '' ? [] : [...pairs, pair];
}

/**
 * Parses a mapping of classes such as `cat=animal,dog=animal,bird=`; null where nothing follows. Where a name contains a comma, pairs are
 * separated by semicolons or the name stands in double quotes. Throws `option.invalid` for a text that is not a pair.
 */
export function readMapping(text: string | undefined, option: string): Record<string, string | null> {
  const mapping: Record<string, string | null> = {};
  for (const pair of splitPairs(text ?? '')) {
    const at = pair.indexOf('=');
    const [old, next] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    if (at < 1 || old === '') throw invalid(option, `has '${pair}', which is no old=new`);
    mapping[old] = next === '' ? null : next;
  }
  return mapping;
}

/**
 * A cache of a data set's pictures as squares of this side, framed for the backbone. It may use a quarter of the memory; pictures beyond
 * that are decoded again each time.
 */
export function picturesOf(
  { dataset }: Pick<Data, 'dataset'>,
  side: number,
  { framing }: Pick<Architecture, 'framing'>,
): PixelCache {
  return new PixelCache(dataset, side, { framing, memoryBytes: Math.min(4 * 2 ** 30, totalmem() / 4) });
}

/**
 * Decodes the pictures of the given parts, so that broken ones are named and left out before anything is computed. Drawn pictures cannot be
 * broken and are drawn when they are needed.
 */
export async function readPictures(pictures: PixelCache, indices: readonly number[], terminal: Terminal): Promise<void> {
  if (isDrawn(pictures.dataset.name)) return;
  const broken = await pictures.prepare(indices, {
    onProgress: (done, total) => {
      if (done % 16 === 0) terminal.status(`Reading pictures: ${done} of ${total}`);
    },
  });
  reportSkipped(broken, terminal);
}

/** The data with its classes counted anew, once it is known which pictures can be read. */
export function recounted(data: Data, readable: readonly number[]): Data {
  const { understood, dataset } = data;
  return understood ? { ...data, understood: { ...understood, classes: countClasses(dataset, readable) } } : data;
}

/** Reports what was understood of a data set, what is still open, and what was left out. */
export function reportData({ skipped, understood }: Data, terminal: Terminal): void {
  if (understood) for (const line of understoodLines(understood)) terminal.line(line);
  reportSkipped(skipped, terminal);
}

const MOST_NAMED = 20;

/** @param most that are named; the rest is counted. */
export function reportSkipped(skipped: readonly SkippedFile[], terminal: Terminal, most = MOST_NAMED): void {
  for (const { name, reason } of skipped.slice(0, most)) {
    terminal.note(`Left out: ${reason.includes(name) ? reason : `${name}: ${reason}`}`);
  }
  if (skipped.length > most) terminal.note(`Left out: ${skipped.length - most} more`);
}
