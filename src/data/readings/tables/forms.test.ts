/** Tables as people and tools write them: quotes, remarks, numbers, several columns that may have the labels, several labels in one. */
import { describe, expect, test } from 'vitest';
import type { OpenedDataset } from '../../types.js';
import { countsOf as counts, readSolid as read } from '../../../testing/solid.js';
import { toErrorRecord } from '../../../vit/errors.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const CLASSES = ['cat', 'dog', 'owl'];
const classOf = (i: number): string => CLASSES[i % 3] ?? '';
const lines = (head: readonly string[], count: number, row: (i: number) => string): string =>
  [...head, ...range(count).map(row)].join('\n');
const pictures = (count: number): string[] => range(count).map((i) => `images/${i}.png`);
const EACH = { cat: 4, dog: 4, owl: 4 };

test.each<[string, string, Record<string, number>]>([
  ['single quotes', lines(["'image','label'"], 12, (i) => `'${i}.png','${classOf(i)}'`), EACH],
  [
    'single quotes around separators',
    lines(['image,label'], 12, (i) => `${i}.png,'${classOf(i)}, small'`),
    { 'cat, small': 4, 'dog, small': 4, 'owl, small': 4 },
  ],
  ['remarks above the header', lines(['# by me, in May', 'image,kin,label'], 12, (i) => `${i}.png,x${i},${classOf(i)}`), EACH],
  ['a remark that is the header', lines(['#image,kin,label'], 12, (i) => `${i}.png,${i % 2},${classOf(i)}`), EACH],
  ['a title above the header', lines(['Our pictures', '', 'image,label,by'], 12, (i) => `${i}.png,${classOf(i)},${i % 2}`), EACH],
  ['the separator in the first line', lines(['sep=;', 'Bild;Klasse;kg'], 12, (i) => `${i}.png;${classOf(i)};1,${i}`), EACH],
  [
    'a header without the first column',
    lines(['12', 'label kin sex'], 12, (i) => `${i}.png ${classOf(i)} ${i % 2} ${i % 2}`),
    EACH,
  ],
  ['commas in the last column', lines(['image,label,text'], 12, (i) => `${i}.png,${classOf(i)},a, b ${i}`), EACH],
  ['lists of one', lines(['image,label'], 12, (i) => `${i}.png,"['${classOf(i)}']"`), EACH],
])('%s', async (_, text, expected) => {
  const opened = await read(pictures(12), { 'labels.csv': text });
  expect(counts(opened)).toEqual(expected);
  expect(opened.skipped).toEqual([]);
});

test('numbers that end in .0 beside a missing one are numbers of classes, and the missing one is none', async () => {
  const text = lines(['image,label'], 12, (i) => `${i}.png,${i === 11 ? '' : `${i % 3}.0`}`);
  expect(counts(await read(pictures(12), { 'labels.csv': text, 'classes.txt': 'cat\ndog\nowl\n' }))).toEqual({
    cat: 4,
    dog: 4,
    owl: 3,
  });
});

test('1 and 1.0 of two tables are one class', async () => {
  const texts = {
    'train.csv': lines(['image,label'], 6, (i) => `${i}.png,${i % 3}.0`),
    'test.csv': lines(['image,label'], 6, (i) => `${i + 6}.png,${i % 3}`),
  };
  expect(counts(await read(pictures(12), texts))).toEqual({ 0: 4, 1: 4, 2: 4 });
});

describe('a question names the columns that may have the labels', () => {
  const answers = ({ raw }: OpenedDataset): string[] =>
    raw.questions.flatMap((question) => (question.option === 'labelColumn' ? question.answers.map(({ value }) => value) : []));

  test('a column called target is taken before a diagnosis', async () => {
    const row = (i: number): string =>
      `${i}.png,${['nevus', 'unknown', 'melanoma', 'unknown'][i % 4] ?? ''},${i % 4 === 2 ? 'malignant' : 'benign'},${i % 4 === 2 ? 1 : 0}`;
    const opened = await read(pictures(12), { 'train.csv': lines(['image,diagnosis,benign_malignant,target'], 12, row) });
    expect(counts(opened)).toEqual({ benign: 9, malignant: 3 });
    expect(answers(opened)).toEqual(['target', 'diagnosis']);
  });

  test('columns of which none says labels by its name', async () => {
    const row = (i: number): string => `${i}.png,${i % 4},${[7, 990, 53586, 64314, 112, 8][i % 6] ?? 0},${i % 2 ? 'm' : 'f'}`;
    const opened = await read(pictures(24), { 'train.csv': lines(['image,chain,hotel_id,gender'], 24, row) });
    expect(answers(opened)).toEqual(['chain', 'hotel_id', 'gender']);
  });

  test('a column within the classes of folders, if the one that agrees with them says nothing by its name', async () => {
    const paths = range(24).map((i) => `train/${i % 3}/${i}.png`);
    const row = (i: number): string => `${i}.png,${i % 3},${1000 + (i % 6)}`;
    const opened = await read(paths, { 'train.csv': lines(['image,chain,hotel_id'], 24, row) });
    expect(counts(opened)).toEqual({ 0: 8, 1: 8, 2: 8 });
    expect(answers(opened)).toEqual(['chain', 'hotel_id']);
    const said = lines(['image,label,shelf'], 24, (i) => `${i}.png,${i % 3},${1000 + (i % 6)}`);
    expect(answers(await read(paths, { 'train.csv': said }))).toEqual([]);
  });

  test('once, where several tables ask the same', async () => {
    const row = (i: number): string => `${i}.png,${['a', 'b'][i % 2] ?? ''},${['x', 'y', 'z'][i % 3] ?? ''}`;
    const texts = {
      'train.csv': lines(['file,hue,make'], 12, row),
      'test.csv': lines(['file,hue,make'], 12, (i) => row(i + 12)),
    };
    expect(answers(await read(pictures(24), texts))).toEqual(['hue', 'make']);
  });
});

describe('several labels in one cell', () => {
  const cells = (all: readonly string[]): Record<string, string> => ({
    'labels.csv': lines(['image,labels'], 12, (i) => `${i}.png,"${all[i % all.length] ?? ''}"`),
  });

  test.each([
    ['|', ['cat', 'cat|dog', 'owl'], 'cat|dog'],
    [', ', ['cat', 'cat, dog', 'owl', 'owl, cat'], 'cat, dog'],
    ['a space', ['scab', 'scab rust', 'rust', 'healthy'], 'scab rust'],
  ])('between %s are classes of their own, with a question', async (_, all, cell) => {
    const opened = await read(pictures(12), cells(all));
    expect(opened.dataset.classes).toHaveLength(all.length);
    expect(opened.raw.questions).toMatchObject([{ option: 'labelColumn', text: expect.stringContaining(`('${cell}')`) }]);
    expect((await read(pictures(12), cells(all), { labelColumn: 'labels' })).raw.questions).toEqual([]);
  });

  test('as lists beside single labels are refused', async () => {
    const all = ['cat', '[""cat"", ""dog""]', 'owl'];
    await expect(read(pictures(12), cells(all))).rejects.toThrow(/several labels to one picture/);
  });

  test.each([
    ['names with commas', ['tench, Tinca tinca', 'goldfish, Carassius auratus']],
    ['names of two words', ['red apple', 'green apple', 'red pear']],
  ])('but not %s', async (_, all) => {
    const opened = await read(pictures(12), cells(all));
    expect(opened.dataset.classes).toHaveLength(all.length);
    expect(opened.raw.questions).toEqual([]);
  });
});

describe('names of classes', () => {
  const card =
    "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          '0': cat\n          '1': dog\n          '2': owl\n---\n";
  const info = JSON.stringify({ features: { image: { _type: 'Image' }, label: { _type: 'ClassLabel', names: CLASSES } } });
  const list = JSON.stringify({ categories: CLASSES.map((name, id) => ({ id, name, supercategory: 'animal' })) });

  test.each([
    ['README.md', card],
    ['dataset_info.json', info],
    ['data.yaml', 'train: train\nnames: [cat, dog, owl]\n'],
    ['categories.json', list],
  ])('of numbered folders and numbers in tables stand in %s', async (name, text) => {
    const folders = range(12).map((i) => `train/${i % 3}/${i}.png`);
    expect(counts(await read(folders, { [name]: text }))).toEqual(EACH);
    const table = lines(['file_name,label'], 12, (i) => `${i}.png,${i % 3}`);
    expect(counts(await read(pictures(12), { [name]: text, 'metadata.csv': table }))).toEqual(EACH);
  });

  test('of COCO’s form with a category at each picture, and of Herbarium’s with other names', async () => {
    const plain = {
      images: range(12).map((id) => ({ id, file_name: `${id}.png`, category_id: id % 3 })),
      categories: CLASSES.map((name, id) => ({ id, name })),
    };
    expect(counts(await read(pictures(12), { 'annotations.json': JSON.stringify(plain) }))).toEqual(EACH);
    const herbarium = {
      annotations: range(12).map((id) => ({ category_id: id % 3, image_id: `x${id}`, genus_id: 1 })),
      images: range(12).map((id) => ({ image_id: `x${id}`, file_name: `${id}.png`, license: 1 })),
      categories: CLASSES.map((scientificName, id) => ({ category_id: id, scientificName, family: 'x' })),
    };
    expect(counts(await read(pictures(12), { 'train_metadata.json': JSON.stringify(herbarium) }))).toEqual(EACH);
  });
});

describe('a table', () => {
  test('whose rows name folders labels the pictures in them, with a question', async () => {
    const patients = range(10).flatMap((p) => [0, 1].map((i) => `train/000${10 + p}/FLAIR/${i}.png`));
    const texts = { 'train.csv': lines(['BraTS21ID,MGMT_value'], 10, (p) => `000${10 + p},${p % 2}`) };
    const opened = await read(patients, texts);
    expect(counts(opened)).toEqual({ 0: 10, 1: 10 });
    expect(opened.raw.questions).toMatchObject([{ option: 'form', answers: [{ value: 'table' }, { value: 'folders' }] }]);
    const studies = range(12).map((i) => `M/train/${i % 2 ? 'HAND' : 'ELBOW'}/p${i}/study1_x/1.png`);
    const rows = lines([], 12, (i) => `M/train/${i % 2 ? 'HAND' : 'ELBOW'}/p${i}/study1_x/,${i % 3 ? 0 : 1}`);
    expect(counts(await read(studies, { 'M/studies.csv': rows }))).toEqual({ 0: 8, 1: 4 });
  });

  test('with a row for each class folder is no table of pictures', async () => {
    const opened = await read(
      range(12).map((i) => `${classOf(i)}/${i}.png`),
      { 'info.csv': 'class,habitat\ncat,house\ndog,house\nowl,wood\n' },
    );
    expect(counts(opened)).toEqual(EACH);
    expect(opened.raw.questions).toEqual([]);
  });

  test('of numbers finds pictures whose names have zeros in front', async () => {
    const paths = range(12).map((i) => `images/${String(i + 1).padStart(5, '0')}.png`);
    expect(counts(await read(paths, { 'labels.csv': lines(['id,label'], 12, (i) => `${i + 1},${classOf(i)}`) }))).toEqual(EACH);
  });

  test('called partition that has a number for each picture gives the parts', async () => {
    const texts = {
      'identity.txt': lines([], 12, (i) => `${i}.png ${100 + (i % 3)}`),
      'list_eval_partition.txt': lines([], 12, (i) => `${i}.png ${i < 6 ? 0 : i < 9 ? 1 : 2}`),
    };
    const { raw } = await read(pictures(12), texts);
    expect(raw.classes).toEqual(['100', '101', '102']);
    expect(raw.examples.filter(({ part }) => part === 'test')).toHaveLength(3);
  });

  test('without a label is named, with its columns', async () => {
    const rows = lines(['path,age,gender'], 12, (i) => `${i}.png,${20 + ((i * 7) % 11)},${i % 2 ? 'm' : 'f'}`);
    await expect(read(pictures(12), { 'meta.csv': rows })).rejects.toThrow(
      "none of its columns ('age', 'gender') is known to have labels; choose one",
    );
  });

  test('offers the columns whose values recur, and each of the answers can be read', async () => {
    const refused = async (texts: Record<string, string>): Promise<string[]> => {
      const error: unknown = await read(pictures(12), texts).catch((thrown: unknown) => thrown);
      const { question } = toErrorRecord(error);
      for (const { value } of question?.answers ?? []) {
        const opened = await read(pictures(12), texts, { labelColumn: value });
        expect(opened.raw.labelsFrom).toContain(`column '${value}'`);
      }
      return (question?.answers ?? []).map(({ value }) => value);
    };
    const age = lines(['path,age,gender,site'], 12, (i) => `${i}.png,${i},${i % 2 ? 'm' : 'f'},a`);
    expect(await refused({ 'meta.csv': age })).toEqual(['gender']);
    const ones = lines(['image,red,round,big'], 12, (i) => `${i}.png,1,${i % 2},${i % 3 ? 0 : 1}`);
    expect(await refused({ 'a.csv': ones })).toEqual(['round', 'big']);
    const raters = lines(['image,label,hue'], 24, (i) => `${i % 12}.png,${classOf(i + Math.floor(i / 12))},${i % 2}`);
    expect(await refused({ 'a.csv': raters })).toEqual(['hue']);
    expect(await refused({ 'a.csv': lines(['image,text'], 12, (i) => `${i}.png,text ${i}`) })).toEqual([]);
  });

  test('that could label the pictures is asked about beside class folders', async () => {
    const paths = range(12).map((i) => `${classOf(i)}/${i}.png`);
    const ones = lines(['image,red,round,big'], 12, (i) => `${i}.png,1,${i % 2},${i % 3 ? 0 : 1}`);
    const { raw } = await read(paths, { 'a.csv': ones });
    expect(raw.questions).toMatchObject([{ option: 'labelColumn', open: true, answers: [{ value: 'round' }, { value: 'big' }] }]);
    expect((await read(paths, { 'a.csv': ones }, { labelColumn: 'round' })).raw.classes).toEqual(['0', '1']);
  });

  test('that is refused outweighs numbered folders', async () => {
    const paths = range(12).map((i) => `patient00${i + 10}/view1.png`);
    const rows = lines(['Path,A,B,C'], 12, (i) => `patient00${i + 10}/view1.png,1,${i % 2},${i % 3 ? 0 : 1}`);
    await expect(read(paths, { 'train.csv': rows })).rejects.toThrow('several labels to one picture');
  });
});

test.each<[string, unknown]>([
  [
    'columns of one length, with the names of the numbers',
    { names: CLASSES, files: range(12).map((i) => `/x/images/${i}.png`), labels: range(12).map((i) => i % 3) },
  ],
  [
    'columns by row numbers',
    {
      image: Object.fromEntries(range(12).map((i) => [i, `${i}.png`])),
      label: Object.fromEntries(range(12).map((i) => [i, classOf(i)])),
    },
  ],
  [
    'classes with lists of pictures',
    CLASSES.map((title, k) => ({ class: title, images: range(4).map((i) => `${3 * i + k}.png`) })),
  ],
])('JSON of %s', async (_, value) => {
  expect(counts(await read(pictures(12), { 'data.json': JSON.stringify(value) }))).toEqual(EACH);
});

test('several rows for each picture, one for each rater, are one label if they agree and refused if they do not', async () => {
  const rows = (label: (i: number) => string): string =>
    lines(['image,rater,label'], 36, (i) => `${i % 12}.png,r${Math.floor(i / 12)},${label(i)}`);
  expect(counts(await read(pictures(12), { 'raters.csv': rows((i) => classOf(i % 12)) }))).toEqual(EACH);
  await expect(read(pictures(12), { 'raters.csv': rows((i) => classOf(i + Math.floor(i / 12))) })).rejects.toThrow(
    'gives several labels to one picture',
  );
});
