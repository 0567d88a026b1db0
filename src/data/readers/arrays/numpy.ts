/** Opens NumPy arrays of pictures and labels: `.npz` files such as MedMNIST's and Keras's, and `.npy` files. */
import type { ByteSource } from '../../../containers/bytes.js';
import { NPY_HEAD, looksLikeNpy, parseNpyHeader } from '../../../containers/numpy/npy.js';
import { looksLikeZip, openArchive } from '../../../containers/zip-archive.js';
import type { SkippedFile } from '../../../protocol/api.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { folderOf, stemOf } from '../../paths.js';
import type { Given } from '../../readings/types.js';

/** The largest deflated array: it can only be inflated from its start, so it is kept in memory. */
const LARGEST_DEFLATED = 2 ** 30;

/** How to read an element of each NumPy type that pictures or labels may have. */
const ELEMENTS: Readonly<Record<string, { width: number; get(view: DataView, at: number, little: boolean): number }>> = {
  u1: { width: 1, get: (view, at) => view.getUint8(at) },
  i1: { width: 1, get: (view, at) => view.getInt8(at) },
  b1: { width: 1, get: (view, at) => view.getUint8(at) },
  u2: { width: 2, get: (view, at, little) => view.getUint16(at, little) },
  i2: { width: 2, get: (view, at, little) => view.getInt16(at, little) },
  u4: { width: 4, get: (view, at, little) => view.getUint32(at, little) },
  i4: { width: 4, get: (view, at, little) => view.getInt32(at, little) },
  u8: { width: 8, get: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { width: 8, get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f4: { width: 4, get: (view, at, little) => view.getFloat32(at, little) },
  f8: { width: 8, get: (view, at, little) => view.getFloat64(at, little) },
};

/** One array of a file. */
export interface ArrayFile {
  readonly file: ByteSource;
  /** The array's name: that of its entry or of its file, without its extension. */
  readonly name: string;
  /** What it belongs to: the path of an `.npz` of several arrays, otherwise the file's folder. */
  readonly place: string;
  readonly shape: readonly number[];
  /** NumPy's name of the elements' type: a kind (u, i, f, b, U, S) and its length. */
  readonly type: string;
  /** Reads `count` rows of the first axis, from row `first`, as numbers. Not for texts. */
  numbers(first: number, count: number): Promise<ArrayLike<number>>;
  /** Reads all elements of a one-dimensional array of texts. */
  words(): Promise<string[]>;
}

interface Opened {
  readonly source: ByteSource;
  readonly file: ByteSource;
  readonly name: string;
  readonly place: string;
}

const damaged = (file: ByteSource, why: string): PlaygroundError =>
  new PlaygroundError('file.damaged', `${file.name}: ${why}`, { subject: file.name });

function decodeWords(bytes: Uint8Array, kind: string, width: number, little: boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = kind === 'U' ? 4 * width : width;
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const letters = Array.from({ length: width }, (__, j) =>
      kind === 'U' ? view.getUint32(i * size + 4 * j, little) : view.getUint8(i * size + j),
    );
    const end = letters.findIndex((_letter, j) => letters.slice(j).every((letter) => letter === 0));
    return String.fromCodePoint(
      ...(end < 0 ? letters : letters.slice(0, end)).map((letter) => (letter > 0x10ffff ? 0xfffd : letter)),
    );
  });
}

/** Opens one array; null where its elements are neither numbers nor texts in C order. Throws `file.damaged`. */
async function openArray({ source, file, name, place }: Opened): Promise<ArrayFile | null> {
  const header = parseNpyHeader(await source.read(0, Math.min(source.size, NPY_HEAD)));
  if (typeof header === 'string') throw damaged(file, `its array '${name}' ${header}`);
  const [, order = '|', kind = '', digits = ''] = /^([<>|=])?([a-zA-Z])(\d+)$/.exec(header.descr) ?? [];
  const element = ELEMENTS[`${kind}${digits}`];
  const wordy = kind === 'U' || kind === 'S';
  const { shape, dataOffset } = header;
  // For a single column, C order and Fortran order are the same.
  const flat = shape.filter((length) => length !== 1).length <= 1;
  if ((!element && !wordy) || (header.fortranOrder && !flat)) return null;
  const width = element?.width ?? (kind === 'U' ? 4 : 1) * Number(digits);
  const count = shape.reduce((product, length) => product * length, 1);
  if (dataOffset + count * width !== source.size)
    throw damaged(
      file,
      `its array '${name}' has ${source.size - dataOffset} bytes of elements, which does not fit ${header.descr} [${shape.join(', ')}]`,
    );
  const row = shape.length === 0 ? 1 : count / Math.max(1, shape[0] ?? 1);
  const little = order !== '>';
  return {
    file,
    name,
    place,
    shape,
    type: `${kind}${digits}`,
    async numbers(first, rows) {
      const bytes = await source.read(dataOffset + first * row * width, rows * row * width);
      if (!element || element.width === 1)
        return kind === 'i' ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return Float64Array.from({ length: rows * row }, (_, i) => element.get(view, i * width, little));
    },
    async words() {
      return decodeWords(await source.read(dataOffset, count * width), kind, Number(digits), little);
    },
  };
}

/** Whether the only array of an `.npz` has no name. */
export const isUnnamed = (entries: readonly string[]): boolean => entries.length === 1 && entries[0] === 'arr_0.npy';

/** The entries of an `.npz`. A stored entry is read in place; a deflated one is inflated once, when it is first needed. */
async function openNpzEntries(file: ByteSource): Promise<Opened[]> {
  const archive = await openArchive(file, { entries: 10_000, expansion: 2000, what: 'file of arrays' });
  // numpy.savez calls an array without a name `arr_0`; alone, it is named by its file, as KMNIST's are.
  const alone = isUnnamed([...archive.entries.keys()]);
  const place = alone ? folderOf(file.name) : file.name;
  return [...archive.entries.values()].map((entry) => {
    const name = alone ? stemOf(file.name) : entry.name.replace(/\.npy$/, '');
    let whole: Promise<Uint8Array<ArrayBuffer>> | null = null;
    const source: ByteSource = {
      name: `${file.name}: array '${name}'`,
      size: entry.size,
      async read(offset, length) {
        if (!entry.deflated || offset + length <= NPY_HEAD) return archive.read(entry, offset, length);
        if (entry.size > LARGEST_DEFLATED) {
          throw new PlaygroundError(
            'file.unsupported',
            `${file.name}: its array '${name}' unpacks to ${entry.size} bytes, too much to hold; save it with numpy.savez, which does not compress`,
            { subject: file.name },
          );
        }
        whole ??= archive.read(entry, 0, entry.size, true);
        return (await whole).slice(offset, offset + length);
      },
    };
    return { source, file, name, place };
  });
}

/** Whether the arrays of an `.npz` are whole numbers or texts, which weights never are. */
export async function holdsNoFractions(file: ByteSource): Promise<boolean> {
  for (const { source } of (await openNpzEntries(file)).slice(0, 8)) {
    const header = parseNpyHeader(await source.read(0, Math.min(source.size, NPY_HEAD)));
    if (typeof header === 'string' || !/^[<>|=]?[uibUS]/.test(header.descr)) return false;
  }
  return true;
}

/** Whether all entries of a zip are arrays, as in an `.npz`. */
export async function isNpz(file: ByteSource): Promise<boolean> {
  if (!(await looksLikeZip(file))) return false;
  const archive = await openArchive(file, { entries: 2_000_000, expansion: 2000, what: 'file of arrays' });
  const names = [...archive.entries.keys()];
  return names.length > 0 && names.every((name) => name.endsWith('.npy'));
}

/**
 * Opens all arrays among the files. Arrays of unsupported elements are left out with the reason. Rejects with `file.damaged` where an array
 * is damaged.
 */
export async function openArrays(given: Given): Promise<{ arrays: ArrayFile[]; leftOut: SkippedFile[] }> {
  const arrays: ArrayFile[] = [];
  const leftOut: SkippedFile[] = [];
  for (const file of given.others) {
    const head = await given.head(file);
    const single = looksLikeNpy(head);
    const zipped = head[0] === 0x50 && head[1] === 0x4b && /\.npz$/i.test(file.name) && (await isNpz(file));
    if (!single && !zipped) continue;
    const lone = { source: file, file, name: stemOf(file.name), place: folderOf(file.name) };
    for (const opened of single ? [lone] : await openNpzEntries(file)) {
      const array = await openArray(opened).catch((cause: unknown) => {
        // Beside pictures, a damaged file is no reason to lose them: a tool's cache may be called .npy.
        if (given.pictures.length > 0 && cause instanceof PlaygroundError) return null;
        throw cause;
      });
      if (array) arrays.push(array);
      else
        leftOut.push({
          name: `${file.name}: ${opened.name}`,
          reason: 'holds neither numbers nor words in their plain order, and is not read',
        });
    }
  }
  return { arrays, leftOut };
}
