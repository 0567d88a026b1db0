import type { DataEdits, SkippedFile } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import { mapConcurrently } from './concurrent.js';
import { fingerprintOf, ReadDataset } from './dataset.js';
import { applyEdits } from './edits.js';
import { imageFormat, isImageName, SNIFFED_BYTES, whyNoImage } from './image-files.js';
import { isDocumentation, isLitter } from './paths.js';
import { openArchives } from './readers/archives.js';
import { cifarBatches, readCifar } from './readers/cifar.js';
import { readCsv } from './readers/csv.js';
import { readFolders } from './readers/folders.js';
import { isParquet, readParquet } from './readers/parquet.js';
import { readVtab, vtabFolders } from './readers/vtab.js';
import type { Found, RawDataset } from './readers/types.js';
import { splitExamples } from './split.js';
import type { ByteSource, ImageDecoder, OpenedDataset } from './types.js';

export interface OpenOptions {
  /** What messages and summaries call the data set. */
  readonly name: string;
  /** Drives the split where the data set brings none. */
  readonly splitSeed: number;
  /** Old class name to new one; equal new names merge; null drops the class. */
  readonly edits?: DataEdits['classes'];
  /** Which task of a folder that holds several VTAB-1k tasks, by the generator's name or the authors' script's. */
  readonly task?: string;
}

/** Tells pictures from the rest by their first bytes, so that a broken one is named before anything trains. */
async function findPictures(files: readonly ByteSource[]): Promise<Found & { broken: SkippedFile[] }> {
  const wanted = files.filter((file) => !isLitter(file.name));
  const heads = await mapConcurrently(wanted, 16, async (file) => {
    if (!isImageName(file.name) && isDocumentation(file.name)) return null;
    try {
      return await file.read(0, Math.min(SNIFFED_BYTES, file.size));
    } catch (cause) {
      if (!isImageName(file.name)) throw cause;
      return cause instanceof Error ? cause.message : 'cannot be read';
    }
  });
  const pictures: ByteSource[] = [];
  const others: ByteSource[] = [];
  const broken: SkippedFile[] = [];
  wanted.forEach((file, i) => {
    const head = heads[i];
    if (typeof head === 'string') broken.push({ name: file.name, reason: head });
    else if (head && imageFormat(head) !== null) pictures.push(file);
    else if (head && isImageName(file.name)) broken.push({ name: file.name, reason: whyNoImage(head) });
    else others.push(file);
  });
  return { pictures, others, broken };
}

/** What lies beside the pictures and took no part, unless it is there to be read by people. */
function strangers({ others }: Found, used: (file: ByteSource) => boolean): SkippedFile[] {
  return others
    .filter((file) => !isDocumentation(file.name) && !used(file))
    .map((file) => ({ name: file.name, reason: 'is no picture' }));
}

/** The reader whose form the files have, the most telling form first. */
async function readRaw(found: Found, options: OpenOptions): Promise<RawDataset> {
  const marked = await mapConcurrently(found.others, 16, isParquet);
  const parquet = new Set(found.others.filter((_, i) => marked[i]));
  if (parquet.size > 0) {
    const raw = await readParquet(found, options.name);
    return { ...raw, skipped: [...raw.skipped, ...strangers(found, (file) => parquet.has(file))] };
  }
  if (vtabFolders(found).size > 0) return readVtab(found, options.name, options.task);
  const batches = cifarBatches(found);
  if (batches && found.pictures.length === 0) return readCifar(found, batches);
  const table = await readCsv(found);
  if (table) return { ...table, skipped: [...table.skipped, ...strangers(found, () => false)] };
  const folders = readFolders(found, options.name);
  return { ...folders, skipped: [...folders.skipped, ...strangers(found, () => false)] };
}

/**
 * Opens a data set, recognised by content: a folder for each class (perhaps under train, val and test), VTAB-1k lists, a CSV,
 * CIFAR binary batches, Hugging Face parquet, or a zip or tar of any of these. Pictures stay where they are until asked for.
 *
 * @param files what was given; a name is the path from the dropped folder, with forward slashes.
 * @throws PlaygroundError `data.empty`, `data.one-class`, `data.label`, `file.damaged` or `file.unsupported`, a sentence each.
 */
export async function openDataset(
  files: readonly ByteSource[],
  decoder: ImageDecoder,
  options: OpenOptions,
): Promise<OpenedDataset> {
  const { name, splitSeed } = options;
  const opened = await openArchives(files.filter((file) => !isLitter(file.name)));
  const found = await findPictures(opened.files);
  const raw = await readRaw(found, options);
  const read = { ...raw, skipped: [...opened.skipped, ...found.broken, ...raw.skipped] };
  const description = { name, fingerprint: await fingerprintOf(read), decoder };
  return finishDataset(read, description, { classes: options.edits ?? {}, splitSeed });
}

/** Edits what was read, splits it, and makes a data set of it. */
export function finishDataset(
  raw: RawDataset,
  description: { readonly name: string; readonly fingerprint: string; readonly decoder: ImageDecoder },
  edits: DataEdits,
): OpenedDataset {
  const { name, fingerprint, decoder } = description;
  const { skipped, form, partsFrom } = raw;
  const { examples, classes } = applyEdits(raw, edits.classes, name);
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
  const given = examples.map((example) => example.part);
  const split = splitExamples(labels, given, { seed: edits.splitSeed, partsFrom, name });
  return {
    dataset: new ReadDataset({ name, form, classes, fingerprint }, examples, split, decoder),
    skipped,
    raw,
    edit: (others) => finishDataset(raw, description, others),
  };
}
