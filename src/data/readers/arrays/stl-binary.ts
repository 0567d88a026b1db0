/**
 * Reads STL-10's binary files: `train_X.bin` has 96 x 96 pictures, of each the red, green and blue values column by column, and
 * `train_y.bin` their labels from 1 (https://cs.stanford.edu/~acoates/stl10).
 */
import type { ByteSource } from '../../../containers/bytes.js';
import type { SkippedFile } from '../../../protocol/api.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { partOfName } from '../../parts.js';
import { baseName, folderOf } from '../../paths.js';
import type { Picture } from '../../pictures/picture.js';
import { declaredReading, type Labelled } from '../../readings/labelled.js';
import type { Given, Proposal } from '../../readings/types.js';
import { readText } from '../text.js';

const SIDE = 96;
const PLANE = SIDE * SIDE;
const PICTURE_BYTES = 3 * PLANE;

/** Whether a file has STL-10's pictures, by its name and size. */
export const isStlPictures = ({ name, size }: ByteSource): boolean =>
  /(^|_)X\.bin$/.test(baseName(name)) && size > 0 && size % PICTURE_BYTES === 0;

/** RGBA by rows from planes by columns. */
function pictureOf(values: Uint8Array): Picture {
  const data = new Uint8Array(4 * PLANE).fill(255);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      for (let c = 0; c < 3; c++) data[4 * (y * SIDE + x) + c] = values[c * PLANE + x * SIDE + y] ?? 0;
  return { width: SIDE, height: SIDE, data };
}

const error = (code: 'data.label' | 'file.unsupported', file: ByteSource, reason: string): PlaygroundError =>
  new PlaygroundError(code, `${file.name}: ${reason}`, { subject: file.name });

async function readPart(pictures: ByteSource, labels: ByteSource): Promise<Labelled[]> {
  const count = pictures.size / PICTURE_BYTES;
  if (labels.size !== count) throw error('data.label', labels, `has ${labels.size} labels for ${count} pictures`);
  const part = partOfName(baseName(pictures.name).replace(/X\.bin$/, ''));
  const numbers = await labels.read(0, count);
  return Array.from(numbers, (label, i): Labelled => {
    if (label === 0) throw error('data.label', labels, `picture ${i} has the label 0, and STL-10's labels begin at 1`);
    const read = async (): Promise<Picture> => pictureOf(await pictures.read(i * PICTURE_BYTES, PICTURE_BYTES));
    return { name: `${pictures.name}#${i}`, label, part, content: { kind: 'pixels', read } };
  });
}

/** The names of `class_names.txt` with `` for the number 0; null where there is no such list. */
async function namesOf(list: ByteSource | undefined): Promise<string[] | null> {
  if (!list) return null;
  const lines = (await readText(list)).split('\n').map((line) => line.trim());
  return ['', ...lines.filter((line) => line !== '')];
}

/** Reads pairs of X and y. Pictures without labels are left out. Rejects with `data.label` where labels are wrong. */
export async function readStlBinary(given: Given): Promise<readonly Proposal[]> {
  const files = given.others.filter(isStlPictures);
  const [first] = files;
  if (!first) return [];
  const accounts = new Set<ByteSource>(files);
  const leftOut: SkippedFile[] = [];
  const pictures: Labelled[] = [];
  const alone = 'holds pictures in the form of STL-10 without their labels (y.bin)';
  for (const file of files) {
    const labels = given.others.find(({ name }) => name === file.name.replace(/X\.bin$/, 'y.bin'));
    if (!labels) leftOut.push({ name: file.name, reason: alone });
    else {
      accounts.add(labels);
      pictures.push(...(await readPart(file, labels)));
    }
  }
  if (pictures.length === 0) {
    const refused = error('file.unsupported', first, alone);
    return [
      { kind: 'refusal', form: 'stl-binary', accounts, pictures: first.size / PICTURE_BYTES, reason: alone, error: refused },
    ];
  }
  const list = given.others.find(({ name }) => baseName(name) === 'class_names.txt' && folderOf(name) === folderOf(first.name));
  if (list) accounts.add(list);
  const told = {
    form: 'stl-binary',
    title: 'STL-10 binary files',
    labelsFrom: 'the files of labels',
    partsFrom: "the files' names",
  };
  return [declaredReading({ ...told, leftOut, accounts }, pictures, await namesOf(list))];
}
