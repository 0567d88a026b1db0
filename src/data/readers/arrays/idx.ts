/**
 * Reads the idx files of MNIST and its successors: two zero bytes, the elements' type, the number of axes, the length of each axis (u32,
 * big-endian), then the elements. http://yann.lecun.com/exdb/mnist/
 */
import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import type { Part } from '../../../protocol/maps.js';
import { partOfPath } from '../../parts.js';
import { baseName, folderOf, naturalOrder } from '../../paths.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import type { Question } from '../../../protocol/api.js';
import type { Given, Proposal, ReadingOptions } from '../../readings/types.js';
import { layoutOf, toPicture } from './pixels.js';

/** Bytes of an element by its type; elements are big-endian. */
const WIDTHS: Readonly<Record<number, number>> = { 0x08: 1, 0x09: 1, 0x0b: 2, 0x0c: 4 };

interface Idx {
  readonly file: ByteSource;
  readonly width: number;
  readonly shape: readonly number[];
  readonly dataOffset: number;
}

/**
 * The header of an idx file; null where the file is none. The size must fit the header unless the name says idx, so that a truncated file
 * is recognised too.
 */
export function idxHeader(head: Uint8Array, file: ByteSource): Idx | null {
  const width = WIDTHS[head[2] ?? 0];
  const axes = head[3] ?? 0;
  if (head[0] !== 0 || head[1] !== 0 || width === undefined || axes < 1 || axes > 4 || head.length < 4 + 4 * axes) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const dataOffset = 4 + 4 * axes;
  const named = /idx\d|ubyte/i.test(baseName(file.name));
  const bytes = shape.reduce((product, length) => product * length, width);
  return dataOffset + bytes === file.size || named ? { file, width, shape, dataOffset } : null;
}

const damaged = ({ file, shape }: Idx): PlaygroundError =>
  new PlaygroundError(
    'file.damaged',
    `${file.name}: has ${file.size} bytes, which does not fit the shape [${shape.join(', ')}] that its header says: it is truncated or damaged`,
    { subject: file.name },
  );

function requireWhole(idx: Idx): void {
  const bytes = idx.shape.reduce((product, length) => product * length, idx.width);
  if (idx.dataOffset + bytes !== idx.file.size) throw damaged(idx);
}

/** The part by a file's name; MNIST's test files are called `t10k`, for their ten thousand pictures. */
const partOfIdx = (path: string): Part | null => (/(^|[^a-z])t10k([^a-z]|$)/i.test(baseName(path)) ? 'test' : partOfPath(path));

/** The name without the words for pictures and labels, which is equal for two files that belong together. */
const pairKey = ({ name }: ByteSource): string =>
  `${folderOf(name)}/${baseName(name)
    .toLowerCase()
    .replace(/images?|labels?|idx\d|ubyte|\.gz$|[^a-z0-9]|int$/g, '')}`;

/**
 * The name of the set that a file belongs to: its path without the words for pictures, labels and parts, and without numbers. It is empty
 * for MNIST's own names, and `emnist-letters` for `emnist-letters-train-images-idx3-ubyte`.
 */
const setOf = ({ name }: ByteSource): string =>
  [...folderOf(name).split('/'), baseName(name)]
    .map((piece) =>
      piece
        .toLowerCase()
        .replace(/images?|labels?|idx\d|ubyte|\.gz$|int$/g, '-')
        .replace(/(?<![a-z])(t\d+k|train(ing)?|test(ing)?|valid(ation)?|val|dev)(?![a-z])|[^a-z]+/g, '-')
        .replace(/-+/g, '-')
        .replace(/^-|-$/g, ''),
    )
    .filter((piece) => piece !== '')
    .join('/');

/** The label of each picture; where labels have several columns, the first. */
async function labelsOf(idx: Idx): Promise<number[]> {
  requireWhole(idx);
  const [count = 0, ...others] = idx.shape;
  const columns = others.reduce((product, length) => product * length, 1);
  const bytes = await idx.file.read(idx.dataOffset, count * columns * idx.width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, i) => {
    const at = i * columns * idx.width;
    return idx.width === 1 ? view.getUint8(at) : idx.width === 2 ? view.getInt16(at) : view.getInt32(at);
  });
}

function picturesOf(images: Idx, labels: readonly number[]): Labelled[] {
  requireWhole(images);
  const layout = layoutOf(images.shape.slice(1));
  if (!layout || images.width !== 1 || images.shape[0] !== labels.length) return [];
  const size = layout.height * layout.width * layout.channels;
  const part = partOfIdx(images.file.name);
  return labels.map((label, i) => ({
    name: `${images.file.name}#${i}`,
    label,
    part,
    content: {
      kind: 'pixels',
      read: async () => toPicture(await images.file.read(images.dataOffset + i * size, size), layout),
    },
  }));
}

/**
 * Reads MNIST, Fashion-MNIST, KMNIST, EMNIST and QMNIST: for each part a file of pictures and one of labels. Of several sets (EMNIST's digits
 * and letters) one is read, and a question names the others.
 */
export async function readIdx(given: Given, options: ReadingOptions): Promise<readonly Proposal[]> {
  const found: Idx[] = [];
  const twice = new Set<ByteSource>();
  for (const file of given.others) {
    if (file.size < 8) continue;
    const idx = idxHeader(await given.head(file), file);
    // Some downloaders leave the packed file beside the unpacked one; only one of them is read.
    if (idx && found.some((each) => each.file.name === file.name)) twice.add(file);
    else if (idx) found.push(idx);
  }
  const images = found.filter(({ shape }) => shape.length > 2).sort((a, b) => naturalOrder(a.file.name, b.file.name));
  const sets = new Map<string, Labelled[]>();
  const accounts = new Set<ByteSource>(twice);
  const leftOut: { name: string; reason: string }[] = [];
  for (const image of images) {
    const labels = found.find(({ file, shape }) => shape.length <= 2 && pairKey(file) === pairKey(image.file));
    accounts.add(image.file);
    if (!labels) {
      leftOut.push({ name: image.file.name, reason: 'holds pictures, and no file of their labels lies beside it' });
      continue;
    }
    accounts.add(labels.file);
    const read = picturesOf(image, await labelsOf(labels));
    if (read.length === 0) {
      const reason = `has the shape [${image.shape.join(', ')}], and ${labels.file.name} [${labels.shape.join(', ')}]: not a picture for each label`;
      leftOut.push({ name: image.file.name, reason });
    }
    if (read.length > 0) sets.set(setOf(image.file), [...(sets.get(setOf(image.file)) ?? []), ...read]);
  }
  if (sets.size === 0) return [];
  const asked = options.task === undefined ? undefined : sets.get(options.task);
  const [first = []] = sets.values();
  const told = {
    ...{ form: 'idx', title: 'MNIST idx files', leftOut, accounts },
    ...{ labelsFrom: 'the idx files of labels', partsFrom: "the idx files' names" },
  };
  const reading = declaredReading(told, asked ?? first);
  if (asked && options.task !== undefined) return [{ ...reading, task: options.task }];
  return [{ ...reading, questions: sets.size > 1 ? [whichSet(sets)] : [] }];
}

/** The same numbers are other classes in another set, so sets are not read as one. */
function whichSet(sets: ReadonlyMap<string, readonly Labelled[]>): Question {
  const answers = [...sets].map(([value, pictures]) => ({ value, title: `${pictures.length} pictures` }));
  const names = answers.map(({ value }) => `'${value}'`).join(', ');
  const text = `The idx files are of ${sets.size} sets, ${names}; '${answers[0]?.value ?? ''}' is read.`;
  return { text, option: 'task', answers };
}
