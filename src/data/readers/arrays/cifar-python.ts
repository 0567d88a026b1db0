/**
 * Reads CIFAR's Python batches. Each is a pickled dict of `data` (for each picture a row of 1024 red, 1024 green and 1024 blue values) and
 * `labels` or `fine_labels`; `batches.meta` or `meta` has the class names. The pickle reader knows only allowed names, so no code in a file
 * runs. https://www.cs.toronto.edu/~kriz/cifar.html
 */
import type { ByteSource } from '../../../containers/bytes.js';
import { entryOf } from '../../../containers/pickle/arrays.js';
import { readPickle } from '../../../containers/pickle/pickle.js';
import { PickleArray, PickleDict, type PickleValue } from '../../../containers/pickle/values.js';
import type { SkippedFile } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfName } from '../../parts.js';
import { baseName, naturalOrder } from '../../paths.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import type { Given, Proposal } from '../../readings/types.js';
import type { Content } from '../types.js';
import { layoutOf, toPicture, type PixelLayout } from './pixels.js';

/** The largest original batch, CIFAR-100's training part, has 155 MB; Python 3 may write twice as much. */
const LARGEST_BATCH = 512 * 2 ** 20;

/** The dict's keys for labels, fine labels before coarse ones. */
const LABEL_KEYS = ['labels', 'fine_labels', 'label', 'targets', 'coarse_labels'];
const NAME_KEYS: Readonly<Record<string, readonly string[]>> = {
  labels: ['label_names'],
  label: ['label_names'],
  targets: ['label_names', 'classes'],
  fine_labels: ['fine_label_names'],
  coarse_labels: ['coarse_label_names'],
};

/** The part by a batch's name: `data_batch_1` is for training, like `train`. */
const partOfBatch = (path: string): Part | null =>
  partOfName(baseName(path)) ?? (/data_batch/.test(baseName(path)) ? 'train' : null);

const isPickle = (head: Uint8Array): boolean => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5;

const words = (value: PickleValue | undefined): string[] | null => {
  if (!Array.isArray(value)) return null;
  const texts = value.map((item) => (item instanceof Uint8Array ? new TextDecoder().decode(item) : item));
  return texts.every((text) => typeof text === 'string') ? texts : null;
};

const numbers = (value: PickleValue | undefined): number[] | null => {
  if (value instanceof PickleArray && value.type === 'u1' && value.data) return [...value.data];
  if (!Array.isArray(value)) return null;
  const found = value.filter((item) => typeof item === 'number');
  return found.length === value.length ? found : null;
};

/** The layout of one row of `data`: planar for shape [pictures, 3072], interleaved for [pictures, 32, 32, 3]. */
function rowLayout(shape: readonly number[]): PixelLayout | null {
  const layout = layoutOf(shape.slice(1));
  return layout && shape.length === 2 ? { ...layout, planar: true } : layout;
}

interface Batch {
  readonly file: ByteSource;
  readonly dict: PickleDict;
}

/**
 * The pixels of a row. Where the array's bytes are part of the file, they are read from it when needed, so that no batch is kept in memory.
 */
function pixelsOf({ file }: Batch, array: PickleArray, held: ArrayBuffer, layout: PixelLayout, row: number): Content {
  const size = layout.height * layout.width * layout.channels;
  const { data } = array;
  const offset = data?.buffer === held ? data.byteOffset : null;
  return {
    kind: 'pixels',
    read: async () => {
      const bytes = offset === null ? data?.subarray(row * size, (row + 1) * size) : await file.read(offset + row * size, size);
      return toPicture(bytes ?? [], layout);
    },
  };
}

/** The batch's pictures with their labels, or the reason why it has none. */
function readBatch(batch: Batch, held: ArrayBuffer, key: string): Labelled[] | string {
  const array = entryOf(batch.dict, 'data');
  const labels = numbers(entryOf(batch.dict, key));
  if (!(array instanceof PickleArray) || array.data === null) return "holds no array 'data'";
  const layout = rowLayout(array.shape);
  const [rows = 0] = array.shape;
  const size = layout ? layout.height * layout.width * layout.channels : 0;
  if (!layout || array.type !== 'u1' || array.data.length !== rows * size || (array.fortranOrder && rows > 1))
    return `has 'data' of type ${array.type} and shape [${array.shape.join(', ')}], and rows of pixels from 0 to 255 were expected`;
  if (labels?.length !== rows) return `has ${rows} pictures and ${labels?.length ?? 0} numbers in '${key}'`;
  const part = partOfBatch(batch.file.name);
  return labels.map((label, row) => ({
    name: `${batch.file.name}#${row}`,
    label,
    part,
    content: pixelsOf(batch, array, held, layout, row),
  }));
}

interface Found {
  readonly pictures: Labelled[];
  names: string[] | null;
  readonly accounts: Set<ByteSource>;
  readonly leftOut: SkippedFile[];
}

async function readDict(file: ByteSource): Promise<{ dict: PickleDict; held: ArrayBuffer } | null> {
  if (file.size > LARGEST_BATCH) return null;
  const bytes = await file.read(0, file.size);
  const { value } = readPickle(bytes, `${file.name}: the pickle`, 0, true);
  return value instanceof PickleDict ? { dict: value, held: bytes.buffer } : null;
}

/** The pickles that may be batches, without checkpoints, which are pickles too. */
async function candidates(given: Given): Promise<ByteSource[]> {
  const files: ByteSource[] = [];
  for (const file of given.others) {
    if (/\.(pth|pt|ckpt|bin|safetensors)$/i.test(file.name) || file.size < 16) continue;
    if (isPickle(await given.head(file))) files.push(file);
  }
  return files.sort((a, b) => naturalOrder(a.name, b.name));
}

async function readAll(files: readonly ByteSource[]): Promise<Found> {
  const found: Found = { pictures: [], names: null, accounts: new Set(), leftOut: [] };
  const metas: PickleDict[] = [];
  let key: string | undefined;
  for (const file of files) {
    const read = await readDict(file).catch((cause: unknown) => {
      if (!(cause instanceof PlaygroundError)) throw cause;
      found.leftOut.push({ name: file.name, reason: cause.message });
      return null;
    });
    if (!read) continue;
    if (entryOf(read.dict, 'data') === undefined) {
      if ([...Object.values(NAME_KEYS)].flat().some((name) => entryOf(read.dict, name) !== undefined)) {
        metas.push(read.dict);
        found.accounts.add(file);
      }
      continue;
    }
    key ??= LABEL_KEYS.find((name) => entryOf(read.dict, name) !== undefined);
    const batch = key === undefined ? 'holds no labels' : readBatch({ file, dict: read.dict }, read.held, key);
    found.accounts.add(file);
    if (typeof batch === 'string') found.leftOut.push({ name: file.name, reason: batch });
    else found.pictures.push(...batch);
  }
  const nameKeys = key === undefined ? [] : (NAME_KEYS[key] ?? []);
  found.names = metas.flatMap((meta) => nameKeys.map((name) => words(entryOf(meta, name)))).find((each) => each !== null) ?? null;
  return found;
}

/** Reads CIFAR-10, CIFAR-100 (with its fine labels) and other data sets written as Python batches. */
export async function readCifarPython(given: Given): Promise<readonly Proposal[]> {
  const files = await candidates(given);
  if (files.length === 0) return [];
  const { pictures, names, accounts, leftOut } = await readAll(files);
  if (pictures.length === 0) return [];
  return [
    declaredReading(
      {
        form: 'cifar-python',
        title: 'CIFAR python batches',
        leftOut,
        accounts,
        labelsFrom: 'the batches',
        partsFrom: "the batches' names",
      },
      pictures,
      names,
    ),
  ];
}
