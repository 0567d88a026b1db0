/** Checks docs/data.md: a small data set of each of its layouts is made and opened, and must be read as the page says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { zipFiles } from '../formats/exports/zip.js';
import { sharpDecoder } from '../headless/machine/images.js';
import { formFixture, solidPngs, sources } from '../testing/datasets.js';
import { openDataset } from './open.js';
import type { ByteSource } from './types.js';

type Files = Readonly<Record<string, Uint8Array | string>>;

const LETTERS = ['a', 'b'] as const;
/** Pictures that a table names; `classOf` and `partOfName` give their classes and parts. */
const NAMES = ['0', '1', '2', '3', '4', '5', '6', '7'];
const classOf = (name: string): string => (Number(name) % 2 === 0 ? 'cat' : 'dog');
const PARTS = ['train', 'train', 'train', 'train', 'train', 'train', 'test', 'test'];
const partOfName = (name: string): string => PARTS[Number(name)] ?? 'train';
const table = (line: (name: string) => string, header?: string): string =>
  [...(header === undefined ? [] : [header]), ...NAMES.map(line)].join('\n');

const png = (paths: readonly string[]): Promise<Files> => solidPngs(paths);
const flat = (folder: string): Promise<Files> => png(NAMES.map((name) => `${folder}${name}.png`));
/** Class folders cat and dog, with two pictures each, in every given folder. */
const classes = (...folders: string[]): Promise<Files> =>
  png(folders.flatMap((folder) => ['cat', 'dog'].flatMap((title) => LETTERS.map((letter) => `${folder}${title}/${letter}.png`))));

async function zip(files: Files): Promise<Uint8Array> {
  const encode = (content: Uint8Array | string): Uint8Array<ArrayBuffer> =>
    typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
  const named = Object.entries(files).map(([name, content]) => ({ name, mediaType: '', bytes: encode(content) }));
  return (await zipFiles(named, 'x.zip')).bytes;
}

const fixture = (name: string, called: string): ByteSource[] => formFixture(name).map((file) => ({ ...file, name: called }));

const latin1 = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 256);

function npy(shape: readonly number[], data: readonly number[]): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`;
  return Uint8Array.from([0x93, ...latin1('NUMPY'), 1, 0, header.length, 0, ...latin1(header), ...data]);
}

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((length) => [0, 0, 0, length]), ...data]);

/** A CIFAR python batch of protocol 2 with pictures of the classes 0 and 1. */
function batch(): Uint8Array {
  const text = (word: string): number[] => [0x58, word.length, 0, 0, 0, ...latin1(word)];
  const named = (module: string, name: string): number[] => [0x63, ...latin1(`${module}\n${name}\n`)];
  const data = range(2 * 3072);
  return Uint8Array.from([
    ...[0x80, 2, 0x7d, 0x28, ...text('batch_label'), ...text('x'), ...text('data')],
    ...named('numpy.core.multiarray', '_reconstruct'),
    ...[...named('numpy', 'ndarray'), 0x4b, 0, 0x85, 0x55, 1, 0x62, 0x87, 0x52],
    ...[
      0x28,
      0x4b,
      1,
      0x4b,
      2,
      0x4d,
      0,
      12,
      0x86,
      ...named('numpy', 'dtype'),
      0x55,
      2,
      ...latin1('u1'),
      0x4b,
      0,
      0x4b,
      1,
      0x87,
      0x52,
    ],
    ...[0x89, 0x54, data.length & 255, data.length >> 8, 0, 0, ...data, 0x74, 0x62],
    ...[...text('labels'), 0x5d, 0x28, 0x4b, 0, 0x4b, 1, 0x65, 0x75, 0x2e],
  ]);
}

const record = (label: number): number[] => [label, ...range(3072)];
const samples = async (shards: readonly string[]): Promise<Files> => ({
  ...(await png(shards.flatMap((shard) => LETTERS.map((key) => `${shard}/${key}.png`)))),
  ...Object.fromEntries(shards.flatMap((shard) => LETTERS.map((key, i) => [`${shard}/${key}.cls`, String(i)]))),
});

/** The layouts of the page, by their names there. */
const LAYOUTS: Readonly<Record<string, () => Promise<Files | ByteSource[]>>> = {
  'class folders': () => classes(''),
  'class folders in part folders': () => classes('Training Set/', 'valid/', 'x_test/'),
  'class folders with lists of the parts': async () => ({
    ...(await classes('images/')),
    'meta/train.txt': 'cat/a\ndog/a\n',
    'meta/test.txt': 'cat/b\ndog/b\n',
  }),
  'archives of the parts': async () => ({
    'train.zip': await zip(await classes('train/')),
    'test.zip': await zip(await classes('test/')),
  }),
  'an archive for each class': async () => ({
    'cat.zip': await zip(await png(['1.png', '2.png'])),
    'dog.zip': await zip(await png(['3.png', '4.png'])),
  }),
  'a table': async () => ({
    ...(await flat('images/')),
    'labels.csv': table((name) => `${name}.png,${Number(name) + 40},${classOf(name)}`, 'image,width,species'),
  }),
  'a table without a header': async () => ({
    ...(await flat('images/')),
    'labels.txt': table((name) => `images/${name}.png ${classOf(name)}`),
  }),
  'a table with a column of parts': async () => ({
    ...(await flat('images/')),
    'labels.csv': table((name) => `images/${name}.png,${classOf(name)},${partOfName(name)}`, 'path,label,split'),
  }),
  'a table for each part': async () => {
    const rows = (part: string): string =>
      ['filename,label', ...NAMES.filter((name) => partOfName(name) === part).map((name) => `${name}.png,${classOf(name)}`)].join(
        '\n',
      );
    return { ...(await flat('images/')), 'train_df.csv': rows('train'), 'test_df.csv': rows('test') };
  },
  'a one-hot table': async () => ({
    ...(await flat('images/')),
    'truth.csv': table((name) => `${name},${classOf(name) === 'cat' ? '1.0,0.0' : '0.0,1.0'}`, 'image,cat,dog'),
  }),
  'metadata.jsonl': async () => ({
    ...(await flat('')),
    'metadata.jsonl': table((name) => JSON.stringify({ file_name: `${name}.png`, label: classOf(name) })),
  }),
  "CVAT's XML": async () => ({
    ...(await flat('images/')),
    'annotations.xml': `<annotations>${table((name) => `<image name="${name}.png"><tag label="${classOf(name)}"/></image>`)}</annotations>`,
  }),
  'a class in each name': () => png(NAMES.map((name) => `train/${classOf(name)}.${name}.png`)),
  'VTAB-1k lists': async () => ({
    ...(await png(['images/a/1.png', 'images/a/2.png', 'images/a/3.png', 'images/b/4.png', 'images/b/5.png', 'images/b/6.png'])),
    'train800.txt': 'images/a/1.png 0\nimages/b/4.png 1\n',
    'val200.txt': 'images/a/2.png 0\nimages/b/5.png 1\n',
    'test.txt': 'images/a/3.png 0\nimages/b/6.png 1\n',
  }),
  'Hugging Face parquet': async () => [
    ...fixture('zstd.parquet', 'data/train-00000-of-00001.parquet'),
    ...fixture('zstd.parquet', 'data/test-00000-of-00001.parquet'),
  ],
  'a folder of save_to_disk': async () => [
    ...fixture('stream.arrow', 'train/data-00000-of-00001.arrow'),
    ...fixture('stream.arrow', 'test/data-00000-of-00001.arrow'),
  ],
  'WebDataset shards': () => samples(['set-train-0000', 'set-train-0001', 'set-test-0000']),
  'CIFAR python batches': async () => ({ data_batch_1: batch(), test_batch: batch() }),
  'CIFAR binary batches': async () => ({
    'data_batch_1.bin': Uint8Array.from([...record(0), ...record(1)]),
    'test_batch.bin': Uint8Array.from([...record(0), ...record(1)]),
  }),
  'STL-10 binary files': async () => ({
    'train_X.bin': new Uint8Array(2 * 3 * 96 * 96),
    'train_y.bin': Uint8Array.from([1, 2]),
    'test_X.bin': new Uint8Array(3 * 96 * 96),
    'test_y.bin': Uint8Array.from([1]),
  }),
  'MNIST idx files': async () => ({
    'train-images-idx3-ubyte': idx([4, 4, 4], range(64)),
    'train-labels-idx1-ubyte': idx([4], [0, 1, 0, 1]),
    't10k-images-idx3-ubyte': idx([2, 4, 4], range(32)),
    't10k-labels-idx1-ubyte': idx([2], [0, 1]),
  }),
  'numpy arrays': async () => ({
    'blood.npz': await zip({
      'train_images.npy': npy([4, 4, 4, 3], range(192)),
      'train_labels.npy': npy([4, 1], [0, 1, 0, 1]),
      'test_images.npy': npy([2, 4, 4, 3], range(96)),
      'test_labels.npy': npy([2, 1], [0, 1]),
    }),
  }),
  'a table of pixels': async () => {
    const rows = (count: number): string =>
      [
        ['label', ...range(64).map((i) => `pixel${i}`)].join(','),
        ...range(count).map((i) => [i % 2, ...range(64)].join(',')),
      ].join('\n');
    return { 'digits_train.csv': rows(4), 'digits_test.csv': rows(2) };
  },
};

/** The layouts that are refused, by their names on the page. */
const REFUSED: Readonly<Record<string, () => Promise<Files>>> = {
  '7z, RAR, xz, zst, bzip2': async () => ({ 'a.7z': Uint8Array.from(latin1('7z\xbc\xaf\x27\x1c\0\x04')) }),
  'HDF5, MATLAB, TFRecord, LMDB': async () => ({ 'data.h5': Uint8Array.from(latin1('\x89HDF\r\n\x1a\n')) }),
  'boxes and outlines': async () => ({
    ...(await flat('images/')),
    ...Object.fromEntries(NAMES.map((name) => [`labels/${name}.txt`, '0 0.5 0.5 0.2 0.2\n'])),
  }),
  'a class without a picture that is read': async () => ({
    ...(await png(['cat/a.png', 'cat/b.png'])),
    'dog/a.ppm': 'P6\n4 4\n255\n',
    'dog/b.ppm': 'P6\n4 4\n255\n',
  }),
  'several labels a picture': async () => ({ 'lists.parquet': await whole('lists.parquet') }),
  'pictures and nothing that tells': () => png(['x/1.png', 'x/2.png', 'x/3.png']),
};

async function whole(name: string): Promise<Uint8Array> {
  const [file] = formFixture(name);
  return file ? file.read(0, file.size) : new Uint8Array(0);
}

const page = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8');

/** The cells of the table below a heading, without its header. */
function rowsBelow(heading: string): string[][] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

const open = (files: Files | ByteSource[]): ReturnType<typeof openDataset> =>
  openDataset(Array.isArray(files) ? files : sources(files), sharpDecoder, { name: 'set', splitSeed: 0 });

describe('what is read', () => {
  const rows = rowsBelow('What is read');

  test('the page has exactly these layouts', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(LAYOUTS));
  });

  test.each(rows)('%s', async (name = '', _, form, labels, parts) => {
    const { dataset, raw } = await open((await LAYOUTS[name]?.()) ?? {});
    expect(dataset.form).toBe(form);
    expect(dataset.classes).toHaveLength(dataset.form.startsWith('CIFAR-10 ') ? 10 : 2);
    expect(raw.labelsFrom).toBe(labels);
    expect(raw.partsFrom ?? 'none').toBe(parts);
    if (parts === 'none') return;
    expect(dataset.parts.test.length).toBeGreaterThan(0);
    expect(dataset.parts.test.length).toBeLessThan(dataset.length);
  });
});

describe('what is refused', () => {
  const rows = rowsBelow('What is refused');

  test('the page has exactly these', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(REFUSED));
  });

  test.each(rows)('%s', async (name = '', said = '') => {
    await expect(open((await REFUSED[name]?.()) ?? {})).rejects.toMatchObject({ message: expect.stringContaining(said) });
  });
});
