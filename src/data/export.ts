import { Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import { PlaygroundError } from '../vit/errors.js';
import type { Part } from '../protocol/maps.js';
import type { SkippedFile } from '../protocol/api.js';
import type { Dataset } from './types.js';

const LISTS: readonly [string, readonly Part[]][] = [
  ['train800.txt', ['train']],
  ['val200.txt', ['validation']],
  ['train800val200.txt', ['train', 'validation']],
  ['test.txt', ['test']],
];

/** The file of the classes' names, by number: not every name can be a folder's, and a class without pictures has no folder. */
export const CLASS_NAMES = 'classes.txt';

/** What a zip holds. */
export interface Exported {
  /** Pictures that could not be read, and so are not in it. */
  readonly skipped: readonly SkippedFile[];
  /** Indices of the pictures in the zip. */
  readonly written: readonly number[];
  /** Pictures of each part. */
  readonly parts: Readonly<Record<Part, number>>;
}

/** A folder name for each class, valid on every system; different classes get different names. */
function folderNames(classes: readonly string[]): string[] {
  const taken = new Set<string>();
  return classes.map((title) => {
    // eslint-disable-next-line no-control-regex -- control characters are what may not stand in a file's name
    const plain = title.replace(/[\x00-\x1f<>:"/\\|?*]/g, '_').replace(/^\.+|[. ]+$/g, '_') || '_';
    let name = plain;
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${plain}_${i}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

/**
 * Writes a data set with its edits and split as a zip: a folder for each class, and VTAB-1k's four lists, whose names do not depend on
 * their number of lines. Pictures are stored as they came; drawn ones become PNG. Only one picture is in memory at a time.
 *
 * @param sink is closed at the end and aborted where `signal` aborts. On failure it is left open: what it holds is then not a zip.
 */
export async function exportDataset(
  dataset: Dataset,
  sink: WritableStream<Uint8Array>,
  options: { onProgress?: (done: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<Exported> {
  const zip = new ZipWriter(sink, { level: 0, useWebWorkers: false, keepOrder: true });
  const folders = folderNames(dataset.classes);
  const paths = new Map<number, string>();
  const skipped: SkippedFile[] = [];
  const digits = String(Math.max(0, dataset.length - 1)).length;
  for (let index = 0; index < dataset.length; index++) {
    if (options.signal?.aborted) {
      await sink.abort().catch(() => undefined);
      throw new PlaygroundError('cancelled', `${dataset.name}: writing the zip was stopped`);
    }
    try {
      const { bytes, extension } = await dataset.encoded(index);
      // A picture that cannot be decoded would be broken in the zip as well.
      await dataset.picture(index);
      const path = `${folders[dataset.label(index)] ?? '_'}/${String(index).padStart(digits, '0')}.${extension}`;
      await zip.add(path, new Uint8ArrayReader(bytes));
      paths.set(index, path);
    } catch (cause) {
      if (!(cause instanceof PlaygroundError) || cause.code !== 'data.image') throw cause;
      skipped.push({ name: dataset.nameOf(index), reason: cause.message });
    }
    options.onProgress?.(index + 1, dataset.length);
  }
  const text = (content: string): Uint8ArrayReader => new Uint8ArrayReader(new TextEncoder().encode(content));
  for (const [list, parts] of LISTS) {
    const lines = parts.flatMap((part) =>
      dataset.parts[part].flatMap((index) => {
        const path = paths.get(index);
        return path === undefined ? [] : [`${path} ${dataset.label(index)}\n`];
      }),
    );
    if (lines.length > 0) await zip.add(list, text(lines.join('')));
  }
  await zip.add(CLASS_NAMES, text(dataset.classes.map((title) => `${title.replace(/[\r\n]+/g, ' ')}\n`).join('')));
  await zip.close();
  const written = (part: Part): number => dataset.parts[part].filter((index) => paths.has(index)).length;
  return {
    skipped,
    written: [...paths.keys()],
    parts: { train: written('train'), validation: written('validation'), test: written('test') },
  };
}
