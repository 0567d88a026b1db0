/** Classes and parts in the names of pictures and folders, and names that mean nothing. */
import { expect, test } from 'vitest';
import { sharpDecoder } from '../../../headless/machine/images.js';
import { solidPngs, sources } from '../../../testing/datasets.js';
import { openDataset } from '../../open.js';
import type { RawDataset } from '../../readers/types.js';

const CLASSES = ['cat', 'dog', 'owl'];
const NUMBERS = Array.from({ length: 12 }, (_, i) => i);
const classOf = (i: number): string => CLASSES[i % 3] ?? '';
const partOf = (i: number): number => (i < 6 ? 0 : i < 9 ? 1 : 2);

async function read(paths: readonly string[], texts: Readonly<Record<string, string>> = {}): Promise<RawDataset> {
  const files = sources({ ...(await solidPngs(paths)), ...texts });
  return (await openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0 })).raw;
}

const partsOf = ({ examples }: RawDataset): number[] =>
  (['train', 'validation', 'test'] as const).map((part) => examples.filter((example) => example.part === part).length);

test.each<[string, (i: number) => string]>([
  ['behind a number', (i) => `train/${i}_${classOf(i)}.png`],
  ["between Teachable Machine's signs", (i) => `${classOf(i)}-!-${i}.png`],
])('a class %s of each name', async (_, path) => {
  expect((await read(NUMBERS.map(path))).classes).toEqual(CLASSES);
});

test('a number behind one, of a page or a frame, is no class', async () => {
  await expect(read(NUMBERS.map((i) => `${i}_frame.png`))).rejects.toThrow('no list says their classes');
});

test.each<[string, (i: number) => string]>([
  ['short', (i) => `${['tr', 'va', 'te'][partOf(i)] ?? ''}/${classOf(i)}/${i}.png`],
  ['of two words in one', (i) => `${['train', 'val', 'test'][partOf(i)] ?? ''}dir/${classOf(i)}/${i}.png`],
  ['beside a word for pictures', (i) => `${['imagesTr', 'imagesVal', 'imagesTs'][partOf(i)] ?? ''}/${classOf(i)}/${i}.png`],
  ["in each picture's name", (i) => `${classOf(i)}/${['train', 'val', 'test'][partOf(i)] ?? ''}-${i}.png`],
])('parts by names that are %s', async (_, path) => {
  const raw = await read(NUMBERS.map(path));
  expect(raw.classes).toEqual(CLASSES);
  expect(partsOf(raw)).toEqual([6, 3, 3]);
  expect(raw.questions).toEqual([]);
});

test('a column named for parts may have short words or numbers', async () => {
  const paths = NUMBERS.map((i) => `images/${i}.png`);
  const table = (name: string, words: readonly string[]): Record<string, string> => ({
    'labels.csv': [`image,label,${name}`, ...NUMBERS.map((i) => `${i}.png,${classOf(i)},${words[partOf(i)] ?? ''}`)].join('\n'),
  });
  expect(partsOf(await read(paths, table('Set', ['tr', 'va', 'te'])))).toEqual([6, 3, 3]);
  expect(partsOf(await read(paths, table('train_val_test', ['0', '1', '2'])))).toEqual([6, 3, 3]);
});

test('what systems and viewers leave is no class and is not named', async () => {
  const left = ['lost+found/a.png', '.@__thumb/a.png', 'cat/0.png:Zone.Identifier'];
  const raw = await read([...NUMBERS.map((i) => `${classOf(i)}/${i}.png`), ...left], {
    'cat/Picasa.ini': 'x',
    'dog/ZbThumbnail.info': 'x',
  });
  expect(raw.classes).toEqual(CLASSES);
  expect(raw.examples).toHaveLength(12);
  expect(raw.skipped).toEqual([]);
});
