/** Labels in the order of the pictures, without their names: a `labels.npy`, or a text with a number in each line, beside a folder. */
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { partOfFolders, wordsOf } from '../parts.js';
import { baseName, folderOf, naturalOrder } from '../paths.js';
import { openArrays } from '../readers/arrays/numpy.js';
import { readText } from '../readers/text.js';
import { declaredReading, type Labelled } from './labelled.js';
import { namesBesideFiles } from './tables/class-names.js';
import type { Given, Proposal } from './types.js';

const LABEL_WORDS = new Set('y label labels target targets class classes gt truth groundtruth'.split(' '));
/** A longer text is not looked at. */
const LONGEST = 16 * 2 ** 20;

const namesLabels = (path: string): boolean =>
  wordsOf(baseName(path).replace(/\.\w+$/, '')).some((word) => LABEL_WORDS.has(word));

interface Order {
  readonly file: ByteSource;
  readonly labels: readonly (number | string)[];
}

/** The whole numbers in a file of labels. */
async function numbersIn(given: Given): Promise<Order[]> {
  const found: Order[] = [];
  for (const array of (await openArrays(given)).arrays) {
    const { file, shape, type } = array;
    const flat = shape.filter((length) => length !== 1).length === 1;
    if (!flat || !/^[uibUS]/.test(type) || !namesLabels(file.name)) continue;
    const labels = /^[US]/.test(type) ? await array.words() : Array.from(await array.numbers(0, shape[0] ?? 0));
    found.push({ file, labels });
  }
  for (const file of given.others) {
    if (!/\.(txt|csv)$/i.test(file.name) || file.size > LONGEST || !namesLabels(file.name)) continue;
    const lines = (await readText(file).catch(() => '')).split(/\r?\n/).map((line) => line.trim());
    const filled = lines.filter((line) => line !== '');
    const rows = filled.length > 1 && !/^\d+$/.test(filled[0] ?? '') ? filled.slice(1) : filled;
    if (rows.length > 1 && rows.every((line) => /^\d+$/.test(line))) found.push({ file, labels: rows.map(Number) });
  }
  return found;
}

const plainOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The folder whose pictures are as many as the labels: the file's own, or the only one. Null where there is none. */
function picturesOf({ pictures, unreadable }: Given, { file, labels }: Order): readonly ByteSource[] | null {
  const folders = new Map<string, ByteSource[]>();
  for (const picture of [...pictures, ...unreadable.keys()]) {
    const folder = folderOf(picture.name);
    folders.set(folder, [...(folders.get(folder) ?? []), picture]);
  }
  const fitting = [...folders].filter(([, files]) => files.length === labels.length);
  const [only, second] = fitting;
  return fitting.find(([folder]) => folder === folderOf(file.name))?.[1] ?? (second ? null : (only?.[1] ?? null));
}

/** Proposes that labels without names are in the order of the pictures' names, which is asked about; refuses where names have two orders. */
export async function readOrdered(given: Given): Promise<readonly Proposal[]> {
  if (given.pictures.length < 2) return [];
  const proposals: Proposal[] = [];
  for (const order of await numbersIn(given)) {
    const files = picturesOf(given, order);
    const distinct = new Set(order.labels).size;
    if (!files || distinct < 2 || distinct > files.length / 2) continue;
    const { file, labels } = order;
    const sorted = [...files].sort((a, b) => plainOrder(a.name, b.name));
    const natural = [...files].sort((a, b) => naturalOrder(a.name, b.name));
    const accounts = new Set([file, ...files]);
    const differ = sorted.findIndex((each, i) => each !== natural[i]);
    if (differ >= 0) {
      const reason = `has ${labels.length} labels and no names of pictures, and their order is not known: picture ${differ + 1} may be ${baseName(natural[differ]?.name ?? '')} or ${baseName(sorted[differ]?.name ?? '')}; write a .csv of path and label`;
      const error = new PlaygroundError('data.one-class', `${file.name}: ${reason}`, { subject: file.name });
      proposals.push({ kind: 'refusal', form: 'order', accounts: new Set([file]), pictures: 0, reason, error });
      continue;
    }
    const pictures = sorted.flatMap((picture, i): Labelled[] =>
      given.unreadable.has(picture)
        ? []
        : [
            {
              name: picture.name,
              label: labels[i] ?? 0,
              part: partOfFolders(folderOf(picture.name)),
              content: { kind: 'file', source: picture },
            },
          ],
    );
    const beside = await namesBesideFiles({ ...given, others: given.others.filter((each) => each !== file) }, pictures);
    if (beside) accounts.add(beside.file);
    const declared = {
      form: 'order',
      title: 'labels in the order of the pictures',
      accounts,
      labelsFrom: file.name,
      partsFrom: 'folders',
    };
    const reading = declaredReading(declared, pictures, beside?.names ?? null);
    const text = `${file.name} names no pictures: its ${labels.length} labels are taken in the order of the pictures' names`;
    const answers = [{ value: 'order', title: `labels in the order of the pictures' names` }];
    proposals.push({ ...reading, evidence: 'guessed', questions: [{ text, option: 'form', answers }] });
  }
  return proposals;
}
