/** Arrays without pictures' names, and without labels. */
import { describe, expect, test } from 'vitest';
import { sharpDecoder } from '../../headless/machine/images.js';
import { solidPngs, sources } from '../../testing/datasets.js';
import { openDataset } from '../open.js';
import type { RawDataset } from '../readers/types.js';

const NUMBERS = Array.from({ length: 12 }, (_, i) => i);

function npy(shape: readonly number[], data: readonly number[]): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  const letters = Array.from(`NUMPY`, (letter) => letter.charCodeAt(0));
  return Uint8Array.from([
    0x93,
    ...letters,
    1,
    0,
    header.length,
    0,
    ...Array.from(header, (letter) => letter.charCodeAt(0)),
    ...data,
  ]);
}

async function read(paths: readonly string[], others: Readonly<Record<string, Uint8Array | string>>): Promise<RawDataset> {
  const files = sources({ ...(await solidPngs(paths)), ...others });
  return (await openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0 })).raw;
}

const said = ({ classes, examples }: RawDataset): string[] =>
  examples.map(({ name, label }) => `${name} ${classes[label] ?? ''}`).sort();

describe('labels in the order of the pictures', () => {
  const padded = NUMBERS.map((i) => `images/${String(i).padStart(3, '0')}.png`);
  const labels = NUMBERS.map((i) => i % 3);
  const expected = padded.map((path, i) => `${path} ${i % 3}`);

  test.each<[string, Uint8Array | string]>([
    ['labels.npy', npy([12], labels)],
    ['y.npy', npy([12, 1], labels)],
    ['ground_truth.txt', labels.join('\n')],
    ['images/labels.csv', `label\n${labels.join('\n')}\n`],
  ])('in %s are read, with a question', async (name, content) => {
    const raw = await read(padded, { [name]: content });
    expect(said(raw)).toEqual(expected);
    expect(raw.questions.map(({ text }) => text)).toEqual([
      `${name} names no pictures: its 12 labels are taken in the order of the pictures' names`,
    ]);
  });

  test('have the names of a list', async () => {
    const raw = await read(padded, { 'labels.npy': npy([12], labels), 'classes.txt': 'cat\ndog\nowl\n' });
    expect(raw.classes).toEqual(['cat', 'dog', 'owl']);
  });

  test('are refused where the names have two orders', async () => {
    await expect(
      read(
        NUMBERS.map((i) => `images/${i}.png`),
        { 'labels.npy': npy([12], labels) },
      ),
    ).rejects.toThrow(
      'labels.npy: has 12 labels and no names of pictures, and their order is not known: picture 3 may be 2.png or 10.png',
    );
  });

  test('do not count beside class folders', async () => {
    const raw = await read(
      NUMBERS.map((i) => `${i % 2 ? 'cat' : 'dog'}/${i}.png`),
      { 'labels.npy': npy([12], labels) },
    );
    expect(raw.classes).toEqual(['cat', 'dog']);
    expect(raw.questions).toEqual([]);
  });
});

test('an array of pictures for each class, called by it', async () => {
  const rows = (count: number): Uint8Array => npy([count, 784], Array<number>(count * 784).fill(7));
  const raw = await read([], { 'full_numpy_bitmap_cat.npy': rows(3), 'full_numpy_bitmap_sea turtle.npy': rows(2) });
  expect(raw.classes).toEqual(['cat', 'sea turtle']);
  expect(raw.examples.map(({ label }) => label)).toEqual([0, 0, 0, 1, 1]);
});

test('a damaged array beside class folders does not lose them', async () => {
  const cache = Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 0x76, 0, 0x7b]);
  const raw = await read(
    NUMBERS.map((i) => `${i % 2 ? 'cat' : 'dog'}/${i}.png`),
    { 'train.cache': cache },
  );
  expect(raw.examples).toHaveLength(12);
});
