/** Pairs arrays of pictures with arrays of labels, and reads both. */
import type { ByteSource } from '../../../containers/bytes.js';
import type { SkippedFile } from '../../../protocol/api.js';
import type { Part } from '../../../protocol/maps.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfName, partOfPath, wordsOf } from '../../parts.js';
import { stemOf } from '../../paths.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import { namesBesideFiles } from '../../readings/tables/class-names.js';
import type { Given, Proposal } from '../../readings/types.js';
import { isUnnamed, openArrays, type ArrayFile } from './numpy.js';
import { layoutOf, toPicture, type PixelLayout } from './pixels.js';

const PICTURE_WORDS = new Set([
  'x',
  'image',
  'images',
  'img',
  'imgs',
  'picture',
  'pictures',
  'data',
  'features',
  'inputs',
  'pixels',
  'arr',
]);
const LABEL_WORDS = new Set(['y', 'label', 'labels', 'target', 'targets', 'class', 'classes', 'labs', 'gt']);
const NAME_WORDS = new Set(['names', 'name', 'classnames', 'labelnames']);
/** The number of rows that are read to find the range of an array's numbers. */
const SAMPLED_ROWS = 8;

interface Pictures {
  readonly array: ArrayFile;
  readonly layout: PixelLayout;
  readonly count: number;
}

const hasWord = (array: ArrayFile, words: ReadonlySet<string>): boolean => wordsOf(array.name).some((word) => words.has(word));

/** Whether the names of an archive's `.npy` entries are those of pictures and labels, rather than of weights. */
export function namesPictureArrays(path: string, names: readonly string[]): boolean {
  if (isUnnamed(names)) return wordsOf(stemOf(path)).some((word) => PICTURE_WORDS.has(word) || LABEL_WORDS.has(word));
  const words = names.filter((name) => !name.includes('/')).map((name) => wordsOf(name.replace(/\.npy$/, '')));
  const any = (among: ReadonlySet<string>): boolean => words.some((each) => each.some((word) => among.has(word)));
  return any(PICTURE_WORDS) && any(LABEL_WORDS);
}

const partOfArray = (array: ArrayFile): Part | null => partOfName(array.name) ?? partOfPath(array.file.name);

/** A key that is equal for pictures and labels that belong together: the `.npz` file or the folder, the part, and the rest of the name. */
function placeOf(array: ArrayFile): string {
  const rest = wordsOf(array.name).filter(
    (word) => !PICTURE_WORDS.has(word) && !LABEL_WORDS.has(word) && partOfName(word) === null,
  );
  return JSON.stringify([array.place, partOfArray(array), rest]);
}

function asPictures(array: ArrayFile): Pictures | null {
  const [count = 0, ...inner] = array.shape;
  if (!/^[uif]/.test(array.type) || inner.length === 0 || (hasWord(array, LABEL_WORDS) && !hasWord(array, PICTURE_WORDS)))
    return null;
  // Rows of numbers are pictures only if the array's name says so.
  if (inner.length === 1 && !hasWord(array, PICTURE_WORDS)) return null;
  const layout = layoutOf(inner);
  return layout ? { array, layout, count } : null;
}

/** The factor that brings an array's numbers to the range 0 to 255, or a reason why there is none. */
async function scaleOf({ array, count, layout }: Pictures): Promise<number | string> {
  if (array.type === 'u1') return 1;
  const rows = Math.min(SAMPLED_ROWS, count);
  let low = Infinity;
  let high = -Infinity;
  let whole = true;
  for (let i = 0; i < rows; i++) {
    const values = await array.numbers(Math.floor((i * count) / rows), 1);
    for (let at = 0; at < layout.height * layout.width * layout.channels; at++) {
      const value = values[at] ?? 0;
      low = Math.min(low, value);
      high = Math.max(high, value);
      whole &&= Number.isInteger(value);
    }
  }
  if (low >= 0 && high <= 1 && array.type.startsWith('f')) return 255;
  if (low >= 0 && high <= 255 && (whole || high > 2)) return 1;
  return `has values from ${low.toPrecision(3)} to ${high.toPrecision(3)}, and pixels are from 0 to 255 or from 0 to 1`;
}

/** The label of each row, or a reason why there is none. */
async function labelsOf(array: ArrayFile, count: number): Promise<(number | string)[] | string> {
  if (/^[US]/.test(array.type)) return array.words();
  const columns = array.shape.slice(1).reduce((product, length) => product * length, 1);
  const values = await array.numbers(0, count);
  if (columns === 1) {
    const wrong = Array.from(values).find((value) => !Number.isInteger(value));
    return wrong === undefined ? Array.from(values) : `holds ${wrong}, which is no class's number`;
  }
  const labels: number[] = [];
  for (let row = 0; row < count; row++) {
    const set: number[] = [];
    for (let column = 0; column < columns; column++) {
      const value = values[row * columns + column] ?? 0;
      if (value !== 0) set.push(value === 1 ? column : NaN);
    }
    const [only] = set;
    if (set.length !== 1 || only === undefined || Number.isNaN(only))
      return `has ${columns} numbers for each picture, of which ${set.length} are set in row ${row}: several labels (or none) a picture, and one is needed`;
    labels.push(only);
  }
  return labels;
}

/** Class names in the order of their numbers, from an array of names; null where there is none. */
async function classNames(arrays: readonly ArrayFile[]): Promise<string[] | null> {
  const named = arrays.find((array) => /^[US]/.test(array.type) && array.shape.length === 1 && hasWord(array, NAME_WORDS));
  return named ? named.words() : null;
}

interface Pair {
  readonly pictures: Pictures;
  readonly labels: ArrayFile;
}

/** The array of labels for an array of pictures: it has as many rows and the same place. Of several, the one named for labels. */
function labelsFor(pictures: Pictures, arrays: readonly ArrayFile[]): ArrayFile | undefined {
  const fitting = arrays.filter(
    (array) =>
      array !== pictures.array &&
      array.shape[0] === pictures.count &&
      array.shape.length <= 2 &&
      placeOf(array) === placeOf(pictures.array),
  );
  return (
    fitting.find((array) => hasWord(array, LABEL_WORDS)) ??
    (fitting.length === 1 && !fitting.some(asPictures) ? fitting[0] : undefined)
  );
}

async function readPair({ pictures, labels }: Pair): Promise<Labelled[] | string> {
  const scale = await scaleOf(pictures);
  if (typeof scale === 'string') return scale;
  const read = await labelsOf(labels, pictures.count);
  if (typeof read === 'string') return `its labels '${labels.name}': ${read}`;
  return read.map((label, row) => labelledRow(pictures, scale, row, label));
}

function labelledRow({ array, layout }: Pictures, scale: number, row: number, label: number | string): Labelled {
  return {
    name: `${array.file.name}#${array.name}${row}`,
    label,
    part: partOfArray(array),
    content: {
      kind: 'pixels',
      read: async () => {
        const values = await array.numbers(row, 1);
        return toPicture(scale === 1 ? values : Array.from(values, (value) => Math.round(value * scale)), layout);
      },
    },
  };
}

/** Reads MedMNIST, Keras and pairs of `.npy`: arrays of pictures, each with an array of labels. */
export async function readArrays(given: Given): Promise<readonly Proposal[]> {
  const { arrays, leftOut: unread } = await openArrays(given);
  const pictures: Labelled[] = [];
  const leftOut: SkippedFile[] = [...unread];
  const accounts = new Set<ByteSource>();
  for (const array of arrays) {
    const found = asPictures(array);
    if (!found) continue;
    accounts.add(array.file);
    const title = `${array.file.name}: ${array.name}`;
    const labels = labelsFor(found, arrays);
    if (!labels) {
      leftOut.push({ name: title, reason: 'holds pictures, and no array of their labels goes with it' });
      continue;
    }
    accounts.add(labels.file);
    const read = await readPair({ pictures: found, labels });
    if (typeof read === 'string') leftOut.push({ name: title, reason: read });
    else pictures.push(...read);
  }
  if (pictures.length === 0) {
    const sorted = await readPerClass(arrays);
    if (sorted) return [sorted];
  }
  if (accounts.size === 0) return [];
  if (pictures.length === 0) return [refusalOf(given, accounts, leftOut)];
  const own = await classNames(arrays);
  const beside = own === null ? await namesBesideFiles(given, pictures) : null;
  if (beside) accounts.add(beside.file);
  return [
    declaredReading(
      {
        form: 'numpy',
        title: 'numpy arrays of pictures and labels',
        leftOut,
        accounts,
        labelsFrom: 'the arrays of labels',
        partsFrom: "the arrays' names",
      },
      pictures,
      own ?? beside?.names ?? null,
    ),
  ];
}

/** The names of arrays without what all of them begin with, up to a separator: `cat` of `full_numpy_bitmap_cat`. */
function ownNames(arrays: readonly ArrayFile[]): string[] {
  const names = arrays.map(({ name }) => name.normalize('NFC'));
  const [first = ''] = names;
  let length = 0;
  while (length < first.length && names.every((name) => name.startsWith(first.slice(0, length + 1)))) length++;
  const cut = /^.*[ ._-]/.exec(first.slice(0, length))?.[0].length ?? 0;
  return names.map((name) => name.slice(cut));
}

/** Reads an array of pictures for each class, called by it, as Quick, Draw! has them; null where arrays are of another kind. */
async function readPerClass(arrays: readonly ArrayFile[]): Promise<Proposal | null> {
  const found = arrays.map((array): Pictures | null => {
    const [count = 0, ...inner] = array.shape;
    const layout = inner.length > 0 && /^[uif]/.test(array.type) ? layoutOf(inner) : null;
    return layout ? { array, layout, count } : null;
  });
  const names = ownNames(arrays);
  const plain = names.every(
    (name) => name !== '' && partOfName(name) === null && !wordsOf(name).every((word) => PICTURE_WORDS.has(word)),
  );
  const apart = new Set(arrays.map(({ file }) => file)).size === arrays.length && new Set(names).size === arrays.length;
  if (arrays.length < 2 || !plain || !apart || found.some((each) => each === null)) return null;
  const pictures: Labelled[] = [];
  for (const [i, each] of found.entries()) {
    const scale = each ? await scaleOf(each) : 'is no picture';
    if (!each || typeof scale === 'string') return null;
    for (let row = 0; row < each.count; row++) pictures.push(labelledRow(each, scale, row, names[i] ?? ''));
  }
  const reading = declaredReading(
    {
      form: 'numpy',
      title: 'a numpy array of pictures for each class',
      accounts: arrays.map(({ file }) => file),
      labelsFrom: "the arrays' names",
      partsFrom: "the arrays' names",
    },
    pictures,
  );
  return { ...reading, evidence: 'shown' };
}

function refusalOf(given: Given, accounts: ReadonlySet<ByteSource>, leftOut: readonly SkippedFile[]): Proposal {
  const [first] = leftOut;
  const reason = first ? `${first.reason} (numpy)` : 'holds numpy arrays, and no picture with a label is among them';
  const subject = first?.name ?? given.name;
  const error = new PlaygroundError('file.unsupported', `${subject}: ${reason}`, { subject });
  return { kind: 'refusal', form: 'numpy', accounts, pictures: accounts.size, reason, error };
}
