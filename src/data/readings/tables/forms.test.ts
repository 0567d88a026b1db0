/** Tables as people and tools write them: quotes, remarks, numbers, several columns that may have the labels, several labels in one. */
import { describe, expect, test } from 'vitest';
import { sharpDecoder } from '../../../headless/machine/images.js';
import { solidPngs, sources } from '../../../testing/datasets.js';
import { openDataset, type OpenOptions } from '../../open.js';
import type { OpenedDataset } from '../../types.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const CLASSES = ['cat', 'dog', 'owl'];
const classOf = (i: number): string => CLASSES[i % 3] ?? '';
const lines = (head: readonly string[], count: number, row: (i: number) => string): string =>
  [...head, ...range(count).map(row)].join('\n');
const pictures = (count: number): string[] => range(count).map((i) => `images/${i}.png`);
const EACH = { cat: 4, dog: 4, owl: 4 };

async function read(
  paths: readonly string[],
  texts: Record<string, string>,
  options: Partial<OpenOptions> = {},
): Promise<OpenedDataset> {
  const files = sources({ ...(await solidPngs(paths)), ...texts });
  return openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0, ...options });
}

function counts({ raw }: OpenedDataset): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { label } of raw.examples) found[raw.classes[label] ?? '?'] = (found[raw.classes[label] ?? '?'] ?? 0) + 1;
  return found;
}

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
  ['numbers that end in .0', lines(['image,label'], 12, (i) => `${i}.png,${i % 3}.0`), { 0: 4, 1: 4, 2: 4 }],
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
    ['|', ['cat', 'cat|dog', 'owl']],
    [', ', ['cat', 'cat, dog', 'owl', 'owl, cat']],
    ['a list beside single labels', ['cat', '[""cat"", ""dog""]', 'owl']],
  ])('are refused: %s', async (_, all) => {
    await expect(read(pictures(12), cells(all))).rejects.toThrow(/several labels to one picture/);
    expect(counts(await read(pictures(12), cells(all), { labelColumn: 'labels' }))).toMatchObject({ owl: expect.any(Number) });
  });

  test('between spaces are asked about', async () => {
    const opened = await read(pictures(12), cells(['scab', 'scab rust', 'rust', 'healthy']));
    expect(opened.raw.questions).toMatchObject([{ option: 'labelColumn', text: expect.stringContaining("('scab rust')") }]);
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
