import { describe, expect, test } from 'vitest';
import { zipFiles } from '../../../formats/exports/zip.js';
import { sharpDecoder } from '../../../headless/machine/images.js';
import { sources } from '../../../testing/datasets.js';
import { givenOf } from '../../../testing/given.js';
import { openDataset } from '../../open.js';
import { recogniseFiles } from '../../recognise.js';
import type { Proposal, Reader, Reading, ReadingOptions } from '../../readings/types.js';
import type { ByteSource, Picture } from '../../types.js';
import { readCifarBinary } from './cifar-binary.js';
import { readCifarPython } from './cifar-python.js';
import { readIdx } from './idx.js';
import { readArrays } from './pairs.js';
import { readPixelTables } from './pixel-tables.js';

const zipped = async (entries: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> => {
  const files = Object.entries(entries).map(([name, bytes]) => ({
    name,
    mediaType: 'application/octet-stream',
    bytes: new Uint8Array(bytes),
  }));
  return (await zipFiles(files, 'x.npz')).bytes;
};

const latin1 = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const run = (reader: Reader, files: readonly ByteSource[], options: ReadingOptions = {}): Promise<readonly Proposal[]> =>
  reader(givenOf(files), options);

function onlyReading([proposal, ...others]: readonly Proposal[]): Reading {
  expect(others).toEqual([]);
  if (proposal?.kind !== 'reading') throw new Error(`no reading, but ${JSON.stringify(proposal)}`);
  return proposal;
}

async function pictureOf({ examples }: Reading, index: number): Promise<Picture> {
  const content = examples[index]?.content;
  if (content?.kind !== 'pixels') throw new Error('holds no pixels');
  return content.read();
}

/** `part class` of each picture, in order. */
const said = ({ classes, examples }: Reading): string[] => examples.map(({ part, label }) => `${part} ${classes[label]}`);

const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => (from + i) % 256);
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

describe('idx', () => {
  const idx = (type: number, shape: number[], data: number[]): Uint8Array =>
    Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap(u32), ...data]);
  const images = idx(8, [2, 4, 5], range(40));

  test('pictures and labels by name, t10k is the test part', async () => {
    const reading = onlyReading(
      await run(
        readIdx,
        sources({
          'MNIST/train-images-idx3-ubyte': images,
          'MNIST/train-labels-idx1-ubyte': idx(8, [2], [7, 3]),
          'MNIST/t10k-images.idx3-ubyte': images,
          'MNIST/t10k-labels.idx1-ubyte': idx(8, [2], [3, 9]),
        }),
      ),
    );
    expect(reading.classes).toEqual(['3', '7', '9']);
    expect(said(reading).sort()).toEqual(['test 3', 'test 9', 'train 3', 'train 7']);
    const { width, height, data } = await pictureOf(reading, 1);
    expect([width, height, ...data.slice(0, 4)]).toEqual([5, 4, 20, 20, 20, 255]);
  });

  test('of sets side by side, whose numbers are other classes, one is read, and the others are asked about', async () => {
    const set = (title: string, first: number): Record<string, Uint8Array> => ({
      [`${title}-train-images-idx3-ubyte`]: images,
      [`${title}-train-labels-idx1-ubyte`]: idx(8, [2], [first, first + 1]),
      [`${title}-test-images-idx3-ubyte`]: images,
      [`${title}-test-labels-idx1-ubyte`]: idx(8, [2], [first, first + 1]),
    });
    const files = sources({ ...set('emnist-digits', 0), ...set('emnist-letters', 5) });
    const reading = onlyReading(await run(readIdx, files));
    expect(said(reading).sort()).toEqual(['test 0', 'test 1', 'train 0', 'train 1']);
    expect(reading.questions).toMatchObject([
      { option: 'task', answers: [{ value: 'emnist-digits' }, { value: 'emnist-letters', title: '4 pictures' }] },
    ]);
    const letters = onlyReading(await run(readIdx, files, { task: 'emnist-letters' }));
    expect(said(letters).sort()).toEqual(['test 5', 'test 6', 'train 5', 'train 6']);
    expect(letters.questions).toEqual([]);
  });

  test('parts in folders, and numbered pieces, are one set', async () => {
    const labels = idx(8, [2], [7, 3]);
    const reading = onlyReading(
      await run(
        readIdx,
        sources({
          'MNIST/train/images-1-idx3-ubyte': images,
          'MNIST/train/labels-1-idx1-ubyte': labels,
          'MNIST/train/images-2-idx3-ubyte': images,
          'MNIST/train/labels-2-idx1-ubyte': labels,
          'MNIST/test/images-1-idx3-ubyte': images,
          'MNIST/test/labels-1-idx1-ubyte': labels,
        }),
      ),
    );
    expect(reading.questions).toEqual([]);
    expect(said(reading)).toHaveLength(6);
  });

  test('of labels with several columns of four bytes, the first column counts', async () => {
    const labels = idx(12, [2, 2], [...u32(5), ...u32(1), ...u32(6), ...u32(1)]);
    const files = sources({ 'qmnist-train-images-idx3-ubyte': images, 'qmnist-train-labels-idx2-int': labels });
    expect(said(onlyReading(await run(readIdx, files)))).toEqual(['train 5', 'train 6']);
  });

  test('pictures without labels are left out; a file cut short is damaged', async () => {
    expect(await run(readIdx, sources({ 'train-images-idx3-ubyte': images }))).toEqual([]);
    const cut = sources({ 'train-images-idx3-ubyte': images.slice(0, 50), 'train-labels-idx1-ubyte': idx(8, [2], [0, 1]) });
    await expect(run(readIdx, cut)).rejects.toMatchObject({
      code: 'file.damaged',
      message: expect.stringContaining('[2, 4, 5]'),
    });
  });
});

/** A `.npy` of version 1. */
function npy(descr: string, shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const header =
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`.padEnd(
      117,
    ) + '\n';
  return Uint8Array.from([
    0x93,
    ...latin1('NUMPY'),
    1,
    0,
    header.length & 255,
    header.length >> 8,
    ...latin1(header),
    ...Array.from(data),
  ]);
}
const bytesOf = (values: Float32Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer);

describe('pairs of .npz with one array each', () => {
  const pair = async (images: string, labels: string): Promise<ByteSource[]> =>
    sources({
      [images]: await zipped({ 'arr_0.npy': npy('|u1', [2, 4, 4], range(32)) }),
      [labels]: await zipped({ 'arr_0.npy': npy('|u1', [2], [1, 0]) }),
    });

  test('are named by their files, and their numbers by a list beside', async () => {
    const files = [
      ...(await pair('kmnist-train-imgs.npz', 'kmnist-train-labels.npz')),
      ...(await pair('kmnist-test-imgs.npz', 'kmnist-test-labels.npz')),
    ];
    const reading = onlyReading(await run(readArrays, files));
    expect(said(reading).sort()).toEqual(['test 0', 'test 1', 'train 0', 'train 1']);
    const named = onlyReading(await run(readArrays, [...files, ...sources({ 'classes.txt': 'o\nki\nsu\n' })]));
    expect(named.classes).toEqual(['o', 'ki', 'su']);
    expect(said(named).sort()).toEqual(['test ki', 'test o', 'train ki', 'train o']);
  });

  test('are data, together, alone, and under names that say nothing', async () => {
    const [images, labels] = await pair('k49-train-imgs.npz', 'k49-train-labels.npz');
    expect(await recogniseFiles([images!, labels!])).toBe('data');
    expect(await recogniseFiles(await pair('a.npz', 'b.npz'))).toBe('data');
    const weights = await zipped({ 'arr_0.npy': npy('<f4', [2, 4], range(32)) });
    expect(await recogniseFiles(sources({ 'a.npz': weights }))).toBe('weights');
    expect(await run(readArrays, [images!])).toMatchObject([
      { kind: 'refusal', reason: expect.stringContaining('no array of their labels') },
    ]);
  });
});

describe('numpy', () => {
  test('MedMNIST: arrays of each part in one file, labels in a column', async () => {
    const file = await zipped({
      'train_images.npy': npy('|u1', [2, 4, 4, 3], range(96)),
      'train_labels.npy': npy('|u1', [2, 1], [1, 0]),
      'val_images.npy': npy('|u1', [1, 4, 4, 3], range(48)),
      'val_labels.npy': npy('|u1', [1, 1], [1]),
    });
    const reading = onlyReading(await run(readArrays, sources({ 'pathmnist.npz': file })));
    expect(said(reading)).toEqual(['train 1', 'train 0', 'validation 1']);
    expect([...(await pictureOf(reading, 1)).data.slice(0, 8)]).toEqual([48, 49, 50, 255, 51, 52, 53, 255]);
  });

  test('pairs of .npy: floats from 0 to 1, channels first, labels of eight bytes', async () => {
    const pixels = Float32Array.from({ length: 96 }, (_, i) => (i % 5) / 4);
    const reading = onlyReading(
      await run(
        readArrays,
        sources({
          'x_train.npy': npy('<f4', [2, 3, 4, 4], bytesOf(pixels)),
          'y_train.npy': npy('<i8', [2], bytesOf(BigInt64Array.from([4n, 2n]))),
        }),
      ),
    );
    expect(said(reading)).toEqual(['train 4', 'train 2']);
    expect([...(await pictureOf(reading, 0)).data.slice(0, 4)]).toEqual([0, 64, 128, 255]);
  });

  test('one-hot labels are one label, words are classes', async () => {
    const x = npy('|u1', [3, 4, 4], range(48));
    const onehot = await run(readArrays, sources({ 'X.npy': x, 'y.npy': npy('|u1', [3, 2], [0, 1, 1, 0, 0, 1]) }));
    expect(said(onlyReading(onehot))).toEqual(['null 1', 'null 0', 'null 1']);
    const letters = ['dog', 'cat', 'dog'].flatMap((word) => latin1(word).flatMap((code) => [code, 0, 0, 0]));
    const words = await run(readArrays, sources({ 'images.npy': x, 'labels.npy': npy('<U3', [3], letters) }));
    expect(onlyReading(words).classes).toEqual(['cat', 'dog']);
  });

  test('several labels a picture, and values that are no pixels, are refused', async () => {
    const x = npy('|u1', [2, 4, 4], range(32));
    const several = await run(readArrays, sources({ 'x.npy': x, 'y.npy': npy('|u1', [2, 3], [1, 1, 0, 0, 1, 0]) }));
    expect(several[0]).toMatchObject({ kind: 'refusal', reason: expect.stringContaining('several labels') });
    const far = npy('<f4', [2, 4, 4], bytesOf(Float32Array.from({ length: 32 }, (_, i) => i - 16)));
    const strange = await run(readArrays, sources({ 'x.npy': far, 'y.npy': npy('|u1', [2], [0, 1]) }));
    expect(strange[0]).toMatchObject({ kind: 'refusal', reason: expect.stringContaining('pixels are from 0 to 255') });
  });

  test('arrays of weights are not read', async () => {
    const file = await zipped({ 'Transformer/encoderblock_0/kernel.npy': npy('<f4', [4, 4], bytesOf(new Float32Array(16))) });
    expect(await run(readArrays, sources({ 'vit.npz': file }))).toEqual([]);
  });
});

test('two kinds of arrays with different labels give a question with a form for each', async () => {
  const idx = (type: number, shape: number[], data: number[]): Uint8Array =>
    Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap(u32), ...data]);
  const files = sources({
    'train-images-idx3-ubyte': idx(8, [4, 4, 5], range(80)),
    'train-labels-idx1-ubyte': idx(8, [4], [7, 3, 7, 3]),
    'x_train.npy': npy('|u1', [4, 4, 5], range(80, 9)),
    'y_train.npy': npy('|u1', [4], [0, 1, 2, 0]),
  });
  const options = { name: 'digits', splitSeed: 0 };
  const { raw } = await openDataset(files, sharpDecoder, options);
  const [question] = raw.questions;
  expect(question?.answers.map(({ value }) => value).sort()).toEqual(['idx', 'numpy']);
  const classes = async (form: string) => (await openDataset(files, sharpDecoder, { ...options, form })).raw.classes;
  expect(await classes('idx')).toEqual(['3', '7']);
  expect(await classes('numpy')).toEqual(['0', '1', '2']);
});

describe('CIFAR python batches', () => {
  const text = (word: string): number[] => [0x58, word.length, 0, 0, 0, ...latin1(word)];
  const global = (module: string, name: string): number[] => [0x63, ...latin1(`${module}\n${name}\n`)];
  /** A pickle of Python 2: NumPy's array by `_reconstruct`, with its elements as a byte string. */
  const array = (rows: number, data: readonly number[]): number[] => [
    ...global('numpy.core.multiarray', '_reconstruct'),
    ...[...global('numpy', 'ndarray'), 0x4b, 0, 0x85, 0x55, 1, 0x62, 0x87, 0x52],
    ...[0x28, 0x4b, 1, 0x4b, rows, 0x4d, 0, 12, 0x86],
    ...[...global('numpy', 'dtype'), 0x55, 2, ...latin1('u1'), 0x4b, 0, 0x4b, 1, 0x87, 0x52],
    ...[
      0x28,
      0x4b,
      3,
      0x55,
      1,
      ...latin1('|'),
      0x4e,
      0x4e,
      0x4e,
      0x4a,
      255,
      255,
      255,
      255,
      0x4a,
      255,
      255,
      255,
      255,
      0x4b,
      0,
      0x74,
      0x62,
    ],
    ...[0x89, 0x54, data.length & 255, (data.length >> 8) & 255, data.length >> 16, 0, ...data, 0x74, 0x62],
  ];
  const batch = (labels: readonly number[], key = 'labels'): Uint8Array =>
    Uint8Array.from([
      ...[0x80, 2, 0x7d, 0x28],
      ...[...text('data'), ...array(labels.length, range(3072 * labels.length))],
      ...[...text(key), 0x5d, 0x28, ...labels.flatMap((label) => [0x4b, label]), 0x65],
      ...[0x75, 0x2e],
    ]);
  const meta = Uint8Array.from([
    ...[0x80, 2, 0x7d, ...text('label_names'), 0x5d, 0x28, ...['ant', 'bee', 'cow'].flatMap(text), 0x65, 0x73, 0x2e],
  ]);

  test('batches, names and parts; pixels channel by channel', async () => {
    // More than 64 KiB of pixels are read from the file when needed.
    const many = Array.from({ length: 30 }, (_, i) => i % 3);
    const reading = onlyReading(
      await run(readCifarPython, sources({ 'c/data_batch_1': batch(many), 'c/test_batch': batch([2]), 'c/batches.meta': meta })),
    );
    expect(reading.classes).toEqual(['ant', 'bee', 'cow']);
    expect(said(reading).slice(28)).toEqual(['train bee', 'train cow', 'test cow']);
    for (const index of [0, 29, 30]) {
      const { width, data } = await pictureOf(reading, index);
      // 3072 is 12 x 256, so that all pictures and planes begin with the same byte.
      expect([width, ...data.slice(4, 8)]).toEqual([32, 1, 1, 1, 255]);
    }
  });

  test('a pickle that names any other class is neither run nor read', async () => {
    const evil = Uint8Array.from([0x80, 2, ...global('os', 'system'), 0x55, 2, ...latin1('ls'), 0x85, 0x52, 0x2e]);
    expect(await run(readCifarPython, sources({ data_batch_1: evil }))).toEqual([]);
  });
});

describe('CIFAR binary batches', () => {
  const record = (labels: number[]): number[] => [
    ...labels,
    ...Array<number>(1024).fill(1),
    ...Array<number>(1024).fill(2),
    ...Array<number>(1024).fill(3),
  ];

  test('one batch; names beside it', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `class ${i}`);
    const files = sources({
      'data_batch_1.bin': Uint8Array.from(record([3])),
      'test_batch.bin': Uint8Array.from(record([9])),
      'batches.meta.txt': names.join('\n'),
    });
    const reading = onlyReading(await run(readCifarBinary, files));
    expect(reading.classes).toEqual(names);
    expect(said(reading)).toEqual(['train class 3', 'test class 9']);
    expect([...(await pictureOf(reading, 0)).data.slice(0, 4)]).toEqual([1, 2, 3, 255]);
  });

  test('CIFAR-100 by its fine labels', async () => {
    const reading = onlyReading(await run(readCifarBinary, sources({ 'train.bin': Uint8Array.from(record([19, 99])) })));
    expect(said(reading)).toEqual(['train 99']);
  });

  test('a label out of range and a truncated file are refused', async () => {
    const wrong = sources({ 'data_batch_1.bin': Uint8Array.from(record([10])) });
    await expect(run(readCifarBinary, wrong)).rejects.toMatchObject({
      code: 'data.label',
      message: expect.stringContaining('record 0 has the label 10'),
    });
    const [cut] = await run(readCifarBinary, sources({ 'data_batch_1.bin': new Uint8Array(3000) }));
    expect(cut).toMatchObject({ kind: 'refusal', error: { code: 'file.damaged' } });
  });
});

describe('tables of pixels', () => {
  const row = (label: number, count: number, from: number): string => [label, ...range(count, from)].join(',');

  test('a label and a number for each pixel; the part by the table', async () => {
    const header = ['label', ...range(64).map((i) => `pixel${i}`)].join(',');
    const train = `${header}\r\n${row(4, 64, 0)}\r\n${row(2, 64, 9)}\r\n`;
    const reading = onlyReading(
      await run(readPixelTables, sources({ 'mnist_train.csv': train, 'mnist_test.csv': `${header}\n${row(2, 64, 1)}` })),
    );
    expect(said(reading)).toEqual(['test 2', 'train 4', 'train 2']);
    expect([...(await pictureOf(reading, 2)).data.slice(0, 8)]).toEqual([9, 9, 9, 255, 10, 10, 10, 255]);
  });

  test('no header, the label first; a test table has none', async () => {
    const reading = onlyReading(
      await run(
        readPixelTables,
        sources({
          'train.csv': `${row(1, 64, 0)}\n${row(0, 64, 0)}\n`,
          'test.csv': `${range(64)
            .map((i) => `pixel${i}`)
            .join(',')}\n${range(64).join(',')}\n`,
        }),
      ),
    );
    expect(said(reading)).toEqual(['train 1', 'train 0']);
    expect(reading.leftOut).toEqual([{ name: 'test.csv', reason: 'holds pictures as pixels and no label column' }]);
  });

  test('one column of pixels, and one of parts', async () => {
    const cell = range(64).join(' ');
    const table = `emotion,pixels,Usage\n0,${cell},Training\n3,${cell},PublicTest\n3,${cell},PrivateTest\n`;
    expect(said(onlyReading(await run(readPixelTables, sources({ 'fer2013.csv': table }))))).toEqual([
      'train 0',
      'validation 3',
      'test 3',
    ]);
  });

  test('three numbers for each pixel, the label last; smaller copies in other tables are left out', async () => {
    const rgb = `${range(192)
      .map((i) => `pixel${i}`)
      .join(',')},label\n${range(192).join(',')},5\n${range(192, 7).join(',')},6\n`;
    const grey = `${range(64)
      .map((i) => `pixel${i}`)
      .join(',')},label\n${range(64).join(',')},5\n`;
    const reading = onlyReading(await run(readPixelTables, sources({ 'hmnist_8_8_RGB.csv': rgb, 'hmnist_8_8_L.csv': grey })));
    expect(said(reading)).toEqual(['null 5', 'null 6']);
    expect([...(await pictureOf(reading, 1)).data.slice(0, 4)]).toEqual([7, 8, 9, 255]);
    expect(reading.leftOut[0]).toMatchObject({ name: 'hmnist_8_8_L.csv' });
  });

  test('a row of another length and an invalid pixel are named', async () => {
    const table = `label,${range(64)
      .map((i) => `pixel${i}`)
      .join(',')}\n${row(1, 64, 0)}\n1,2,3\n${row(0, 64, 0).replace(',9,', ',999,')}\n`;
    const reading = onlyReading(await run(readPixelTables, sources({ 't.csv': table })));
    expect(reading.leftOut).toEqual([{ name: 't.csv#1', reason: 'has 3 cells where 65 were expected' }]);
    await expect(pictureOf(reading, 1)).rejects.toMatchObject({
      code: 'data.image',
      message: 't.csv#2: its pixel 9 is no number from 0 to 255',
    });
  });

  test('a table of paths and labels is not a table of pixels', async () => {
    const table = `path,label\n${Array.from({ length: 40 }, (_, i) => `images/${i}.png,cat`).join('\n')}\n`;
    expect(await run(readPixelTables, sources({ 'train.csv': table }))).toEqual([]);
  });
});
