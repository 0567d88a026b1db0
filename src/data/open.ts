import type { DataEdits } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import { fingerprintOf, ReadDataset } from './dataset.js';
import { applyEdits, relabelled } from './edits.js';
import { isLitter } from './paths.js';
import { typicalSide } from './pictures/typical-side.js';
import { openArchives } from './readers/archives.js';
import { lookAt } from './readings/given.js';
import { judge } from './readings/judge.js';
import { READERS } from './readings/readers.js';
import type { Reading, ReadingOptions } from './readings/types.js';
import type { RawDataset } from './readers/types.js';
import { splitExamples, type Split, type SplitShares } from './split.js';
import type { ByteSource, ImageDecoder, OpenedDataset } from './types.js';

export interface OpenOptions extends ReadingOptions {
  /** The data set's name in messages and summaries. */
  readonly name: string;
  /** Drives the split where the data set brings none. */
  readonly splitSeed: number;
  /** Per cent to train, validate and test, where the data set leaves it open. */
  readonly splitShares?: SplitShares;
  /** Old class name to new one; equal new names merge; null drops the class. */
  readonly edits?: DataEdits['classes'];
}

/**
 * Opens a data set in any layout of docs/data.md, recognised by content: folders of classes, tables of labels, VTAB-1k lists, arrays,
 * parquet, Arrow and more, also inside a zip or tar. Pictures are read when they are asked for.
 *
 * @param files what was given; a name is the path from the dropped folder, with forward slashes.
 * @throws PlaygroundError `data.empty`, `data.one-class`, `data.label`, `file.damaged` or `file.unsupported`, a sentence each.
 */
export async function openDataset(
  files: readonly ByteSource[],
  decoder: ImageDecoder,
  options: OpenOptions,
): Promise<OpenedDataset> {
  const { name, splitSeed, splitShares } = options;
  const opened = await openArchives(files.filter((file) => !isLitter(file.name)));
  const { given, skipped } = await lookAt(opened.files, name);
  const proposals = (await Promise.all(READERS.map((reader) => reader(given, options)))).flat();
  const { reading, leftOut, questions } = judge(given, proposals, options);
  requireTask(reading, options);
  const side = await typicalSide(reading.examples);
  const read: RawDataset = {
    ...(side === null ? {} : { typicalSide: side }),
    form: reading.title,
    classes: reading.classes,
    examples: reading.examples,
    skipped: [...opened.skipped, ...skipped, ...leftOut],
    labelsFrom: reading.labelsFrom,
    partsFrom: reading.partsFrom,
    questions,
    notes: reading.notes,
  };
  const description = { name, fingerprint: await fingerprintOf(read), decoder };
  return finishDataset(read, description, { classes: options.edits ?? {}, splitSeed, ...(splitShares ? { splitShares } : {}) });
}

/** Throws `option.invalid` where a task was asked for but the data has none, so that the option would have no effect. */
function requireTask({ title, task }: Reading, options: OpenOptions): void {
  if (options.task === undefined || task === options.task) return;
  throw new PlaygroundError(
    'option.invalid',
    `${options.name}: is ${title}, which holds no tasks to choose from, and task '${options.task}' was asked for`,
    { subject: 'task' },
  );
}

/** Applies edits to what was read, splits it, and makes a data set. */
export function finishDataset(
  raw: RawDataset,
  description: { readonly name: string; readonly fingerprint: string; readonly decoder: ImageDecoder },
  edits: DataEdits,
): OpenedDataset {
  const { name, fingerprint, decoder } = description;
  const { skipped, form, partsFrom } = raw;
  const { raw: labelled, corrected } = relabelled(raw, edits.labels ?? {}, name);
  const { examples, classes } = applyEdits(labelled, edits.classes, name);
  if (examples.length === 0) {
    const first = skipped[0];
    const detail = first
      ? `; left out: ${first.name} (${first.reason})${skipped.length > 1 ? ` and ${skipped.length - 1} more` : ''}`
      : '';
    throw new PlaygroundError('data.empty', `${name}: holds no pictures that can be learnt from${detail}`, { subject: name });
  }
  const labels = examples.map((example) => example.label);
  const occurring = new Set(labels);
  if (occurring.size < 2) {
    const [only = 0] = occurring;
    throw new PlaygroundError(
      'data.one-class',
      `${name}: all ${examples.length} pictures are of one class, '${classes[only] ?? only}'; learning to tell classes apart needs two`,
      { subject: name },
    );
  }
  const members = examples.map(({ key, part, below, name: path }) => ({
    part,
    // The class as in the files: a corrected label does not move a picture to another part.
    title: raw.classes[raw.examples[key]?.label ?? -1] ?? '',
    below: below ?? path,
  }));
  const split = splitExamples(members, {
    seed: edits.splitSeed,
    ...(edits.splitShares ? { shares: edits.splitShares } : {}),
    partsFrom,
    name,
  });
  return {
    dataset: new ReadDataset({ name, form, classes, fingerprint }, examples, split, decoder),
    skipped,
    notes: [...raw.notes, ...correctedNote(corrected), ...onlyMeasured(examples, classes, split), ...split.notes],
    raw,
    edit: (others) => finishDataset(raw, description, others),
  };
}

const correctedNote = (corrected: number): string[] =>
  corrected === 0 ? [] : [`${corrected} ${corrected === 1 ? 'label was' : 'labels were'} corrected by hand`];

/** Classes that are measured but not trained: their accuracy can only be zero. */
function onlyMeasured(examples: readonly { readonly label: number }[], classes: readonly string[], { parts }: Split): string[] {
  const trained = new Set(parts.train.map((index) => examples[index]?.label));
  const lost = [...new Set(examples.map(({ label }) => label))].filter((label) => !trained.has(label));
  if (lost.length === 0 || trained.size === 0) return [];
  const shown = lost
    .slice(0, 5)
    .map((label) => `'${classes[label] ?? label}'`)
    .join(', ');
  return [
    `The training part has no picture of ${shown}${lost.length > 5 ? ` and ${lost.length - 5} more classes` : ''}, so these classes cannot be learnt`,
  ];
}
