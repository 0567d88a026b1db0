import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { formFixture, solidPng, solidPngs, sources } from '../../testing/datasets.js';
import { open, requireCatsAndDogs, sizes } from '../../testing/opened.js';
import type { ByteSource } from '../types.js';
import { parseTable } from '../readings/tables/text.js';

describe('VTAB-1k lists', () => {
  const paths = Array.from({ length: 12 }, (_, i) => `images/${i}.png`);
  const list = (...lines: [number, number][]): string => lines.map(([image, label]) => `images/${image}.png ${label}\n`).join('');

  test('give the parts; labels that have no folders of their own become class names', async () => {
    const files = {
      ...(await solidPngs(paths)),
      'train800.txt': list([0, 0], [1, 1], [2, 2]),
      'val200.txt': list([3, 0], [4, 1]),
      'train800val200.txt': list([0, 0], [1, 1], [2, 2], [3, 0], [4, 1]),
      'test.txt': list([5, 2], [6, 0]),
    };
    const { dataset, skipped } = await open(sources(files));
    expect(dataset.form).toBe('VTAB-1k lists');
    expect(dataset.classes).toEqual(['0', '1', '2']);
    expect(sizes(dataset)).toEqual([3, 2, 2]);
    expect(dataset.parts.test.map((i) => [dataset.nameOf(i), dataset.label(i)])).toEqual([
      ['images/5.png', 2],
      ['images/6.png', 0],
    ]);
    expect(skipped).toEqual([]);
  });

  test('folders give the class names where each label has its own folder', async () => {
    const files = {
      ...(await solidPngs(['ant/1.png', 'bee/2.png', 'bee/3.png'])),
      'train800val200.txt': './ant/1.png 1\nbee/2.png 0\nbee/3.png 0\n',
    };
    const { dataset } = await open(
      sources(Object.fromEntries(Object.entries(files).map(([path, data]) => [`deep/er/${path}`, data]))),
    );
    expect(dataset.classes).toEqual(['bee', 'ant']);
    expect(sizes(dataset)).toEqual([2, 1, 0]);
  });

  test('a missing picture is skipped, and a picture in two lists stays in one part', async () => {
    const files = {
      ...(await solidPngs(paths)),
      'train800.txt': list([0, 0], [1, 1], [77, 1]),
      'val200.txt': list([2, 0]),
      'test.txt': list([1, 1], [3, 0]),
    };
    const { dataset, skipped } = await open(sources(files));
    expect(sizes(dataset)).toEqual([2, 1, 1]);
    expect(skipped).toEqual([
      { name: 'images/77.png', reason: 'is named in train800.txt, line 3, but is not there or is no picture' },
      { name: 'images/1.png', reason: 'is named in train800.txt and again in test.txt; the first counts' },
    ]);
  });

  test('one task of several is chosen by either of its names', async () => {
    const one = { ...(await solidPngs(['images/0.png', 'images/1.png'])), 'train800val200.txt': list([0, 0], [1, 1]) };
    const files = Object.fromEntries(
      ['cifar', 'oxford_pet'].flatMap((task) => Object.entries(one).map(([path, data]) => [`${task}/${path}`, data])),
    );
    for (const task of ['cifar', 'cifar100', 'oxford_pet', 'oxford_iiit_pet']) {
      expect((await open(sources(files), { task })).dataset.nameOf(0)).toMatch(
        task.startsWith('cifar') ? /^cifar\// : /^oxford_pet\//,
      );
    }
    await expect(open(sources(files))).rejects.toThrow('set: holds 2 VTAB-1k tasks (cifar, oxford_pet); give the folder of one');
    await expect(open(sources(files), { task: 'svhn' })).rejects.toThrow(
      "set: holds no VTAB-1k task 'svhn'; it has cifar, oxford_pet",
    );
    expect((await open(sources(one), { task: 'cifar' })).dataset.length).toBe(2);
    const alone = Object.fromEntries(Object.entries(one).map(([path, data]) => [`cifar/${path}`, data]));
    await expect(open(sources(alone), { task: 'svhn' })).rejects.toThrow("holds no VTAB-1k task 'svhn'; it has cifar");
  });

  test('asking for a task is refused where the data has none', async () => {
    const files = sources(await solidPngs(['a/0.png', 'b/1.png']));
    await expect(open(files, { task: 'dsprites' })).rejects.toMatchObject({
      code: 'option.invalid',
      message: expect.stringMatching(/^set: is .*, which holds no tasks to choose from, and task 'dsprites' was asked for$/),
    });
  });

  test.each([
    [
      'a label that is no number',
      'images/0.png 0\nimages/1.png one\n',
      'data.label',
      "train800.txt, line 2: the label 'one' is no whole number from 0 to 9999",
    ],
    [
      'a negative label',
      'images/0.png -1\n',
      'data.label',
      "train800.txt, line 1: the label '-1' is no whole number from 0 to 9999",
    ],
    [
      'a label far beyond the others',
      'images/0.png 0\nimages/1.png 1\nimages/2.png 900\n',
      'data.label',
      'train800.txt, line 3: the label 900 is out of range: only 3 labels occur, so they should be 0 to 2',
    ],
    [
      'a line without a label',
      'images/0.png 0\nimages/1.png\n',
      'file.damaged',
      "train800.txt, line 2: 'images/1.png' is no path with a label behind it",
    ],
    [
      'a path that climbs out',
      '../../etc/passwd 0\n',
      'file.damaged',
      "train800.txt, line 1: the path '../../etc/passwd' climbs out of the data set's folder",
    ],
    [
      'an absolute path',
      '/etc/passwd 0\n',
      'file.damaged',
      "train800.txt, line 1: the path '/etc/passwd' climbs out of the data set's folder",
    ],
    ['no lines', '\n\n', 'data.empty', 'set: its lists name no pictures'],
  ])('%s is refused', async (_, content, code, message) => {
    await expect(open(sources({ ...(await solidPngs(paths)), 'train800.txt': content }))).rejects.toMatchObject({
      code,
      message,
    });
  });

  test('real lists: sixty photographs of hands', async () => {
    const path = new URL('../../../e2e/fixtures/sign-digits-small.zip', import.meta.url);
    const { dataset, skipped } = await open(sources({ 'sign-digits-small.zip': new Uint8Array(readFileSync(path)) }));
    expect(dataset.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(sizes(dataset)).toEqual([30, 10, 20]);
    expect(skipped).toEqual([]);
    expect((await dataset.pixels(59, 64)).length).toBe(64 * 64 * 4);
  });
});

describe('CSV', () => {
  test('quoted fields, doubled quotes, line ends inside quotes, both kinds of line end', () => {
    expect(parseTable('a,"b ""q"", c"\r\n"x\ny",z\n\n1,2').map(({ cells, line }) => [line, ...cells])).toEqual([
      [1, 'a', 'b "q", c'],
      [2, 'x\ny', 'z'],
      [5, '1', '2'],
    ]);
    expect(parseTable('a;b\n1;2').map(({ cells }) => cells)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(parseTable('')).toEqual([]);
  });

  const pictures = ['img/1.png', 'img/2.png', 'img/3.png', 'img/4.png'];

  test.each([
    ['a header', 'filename,label\nimg/1.png,cat\nimg/2.png,dog\nimg/3.png,cat\nimg/4.png,dog\n'],
    ['no header', 'img/1.png,cat\nimg/2.png,dog\nimg/3.png,cat\nimg/4.png,dog\n'],
    [
      'the label in front, and tabs',
      'class\tnote\timage\ncat\tx\timg/1.png\ndog\ty\timg/2.png\ncat\t\timg/3.png\ndog\t\timg/4.png\n',
    ],
    ['names without extension', 'id_code,diagnosis\n1,cat\n2,dog\n3,cat\n4,dog\n'],
    ['bare names and a byte order mark', '\ufeffpath,label\n1.png,cat\n"2.png","dog"\n3.png,cat\n4.png,dog\n'],
  ])('%s', async (_, table) => {
    const { dataset } = await open(sources({ ...(await solidPngs(pictures)), 'labels.csv': table }));
    expect(dataset.form).toBe('a CSV of path and label');
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect(
      pictures.map((path) => [0, 1, 2, 3].find((i) => dataset.nameOf(i) === path)).map((i) => dataset.label(i ?? -1)),
    ).toEqual([0, 1, 0, 1]);
  });

  test('a column, or the names of several tables, give the parts', async () => {
    const column = { 'all.csv': 'path,label,split\nimg/1.png,10,train\nimg/2.png,9,train\nimg/3.png,10,val\nimg/4.png,9,test\n' };
    const tables = { 'train.csv': 'img/1.png,10\nimg/2.png,9\n', 'val.csv': 'img/3.png,10\n', 'test.csv': 'img/4.png,9\n' };
    for (const files of [column, tables]) {
      const { dataset } = await open(sources({ ...(await solidPngs(pictures)), ...files }));
      expect(sizes(dataset)).toEqual([2, 1, 1]);
      expect(dataset.classes).toEqual(['9', '10']);
    }
  });

  test('a table beside class folders that names no pictures is ignored', async () => {
    const { dataset } = await open(
      sources({ ...(await solidPngs(['a/1.png', 'b/2.png'])), 'sizes.csv': 'class,count\na,1\nb,1\n' }),
    );
    expect(dataset.form).toBe('a folder for each class');
  });

  test('a missing file and a second label are left out by name', async () => {
    const table = 'path,label\nimg/1.png,a\nimg/2.png,b\nimg/9.png,b\nimg/1.png,b\n';
    const { skipped } = await open(sources({ ...(await solidPngs(pictures)), 't.csv': table }));
    expect(skipped).toEqual([
      { name: 'img/3.png', reason: "stands in no row of column 'label' of t.csv" },
      { name: 'img/4.png', reason: "stands in no row of column 'label' of t.csv" },
      { name: 'img/9.png', reason: 'is named in t.csv, line 4, but is not there or is no picture' },
      { name: 'img/1.png', reason: 'is named twice in the table, as a and as b; the first counts' },
    ]);
  });

  test('a row without a label, and one whose path leads out of the folder, are left out by name', async () => {
    const table = 'path,label\nimg/1.png,a\nimg/2.png,b\nimg/3.png,\n../../../etc/passwd,b\n';
    const { dataset, skipped } = await open(sources({ ...(await solidPngs(pictures)), 't.csv': table }));
    expect(dataset.length).toBe(2);
    expect(skipped).toEqual([
      { name: 'img/3.png', reason: "stands in no row of column 'label' of t.csv" },
      { name: 'img/4.png', reason: "stands in no row of column 'label' of t.csv" },
      { name: '../../../etc/passwd', reason: 'is named in t.csv, line 5, but is not there or is no picture' },
      { name: 'img/3.png', reason: 'has no label in t.csv, line 4' },
    ]);
  });

  test.each([
    [
      'an unknown part',
      'path,label,split\nimg/1.png,a,tarin\n',
      'data.label',
      "t.csv, line 2: 'tarin' is no part; expected train, validation or test",
    ],
  ])('%s is refused', async (_, table, code, message) => {
    await expect(open(sources({ ...(await solidPngs(pictures)), 't.csv': table }))).rejects.toMatchObject({ code, message });
  });
});

describe('CIFAR', () => {
  /** Byte by byte as its page says: labels, then the red, green and blue planes. */
  const record = (labels: number[], red: number, green: number, blue: number): number[] => [
    ...labels,
    ...Array<number>(1024).fill(red),
    ...Array<number>(1024).fill(green),
    ...Array<number>(1023).fill(blue),
    77,
  ];

  test('CIFAR-10: parts by the batches names, classes by batches.meta.txt', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `class ${i}`);
    const { dataset } = await open(
      sources({
        'cifar-10-batches-bin/data_batch_1.bin': Uint8Array.from([record([3], 1, 2, 3), record([9], 4, 5, 6)].flat()),
        'cifar-10-batches-bin/data_batch_2.bin': Uint8Array.from([record([3], 1, 2, 3), record([9], 4, 5, 6)].flat()),
        'cifar-10-batches-bin/test_batch.bin': Uint8Array.from(record([0], 7, 8, 9)),
        'cifar-10-batches-bin/batches.meta.txt': `${names.join('\n')}\n\n`,
      }),
    );
    expect(dataset.form).toBe('CIFAR-10 binary batches');
    expect(dataset.classes).toEqual(names);
    expect(sizes(dataset)).toEqual([2, 2, 1]);
    expect(Array.from({ length: 5 }, (_, i) => dataset.label(i))).toEqual([3, 9, 3, 9, 0]);
    const { width, height, data } = await dataset.picture(4);
    expect([width, height]).toEqual([32, 32]);
    expect([...data.slice(0, 4)]).toEqual([7, 8, 9, 255]);
    expect([...data.slice(-4)]).toEqual([7, 8, 77, 255]);
    expect((await dataset.encoded(4)).extension).toBe('png');
  });

  test('CIFAR-100 is read with its fine labels', async () => {
    const batch = Uint8Array.from([record([19, 99], 1, 2, 3), record([0, 5], 4, 5, 6)].flat());
    const { dataset } = await open(sources({ 'train.bin': batch }));
    expect(dataset.form).toBe('CIFAR-100 binary batches');
    expect(dataset.classes.length).toBe(100);
    expect([dataset.label(0), dataset.label(1)]).toEqual([99, 5]);
  });

  test('a label out of range is named by its record, and a truncated batch is refused', async () => {
    const batch = Uint8Array.from([record([3], 1, 2, 3), record([10], 4, 5, 6)].flat());
    await expect(open(sources({ 'data_batch_1.bin': batch }))).rejects.toMatchObject({
      code: 'data.label',
      message: 'data_batch_1.bin: record 1 has the label 10, and CIFAR-10 binary batches has labels from 0 to 9',
    });
    await expect(open(sources({ 'data_batch_1.bin': batch.slice(0, 5000) }))).rejects.toMatchObject({
      code: 'file.damaged',
      message: expect.stringContaining('data_batch_1.bin: has 5000 bytes, no whole number of CIFAR-10'),
    });
  });
});

describe('Hugging Face parquet', () => {
  test('parts by the files names, classes by the metadata', async () => {
    const { dataset, skipped } = await open(formFixture('parquet/'));
    expect(dataset.form).toBe('Hugging Face parquet');
    expect(sizes(dataset)).toEqual([4, 2, 2]);
    expect(skipped).toEqual([]);
    await requireCatsAndDogs(dataset);
  });

  test('words for labels, columns in another order and under other names, no compression', async () => {
    const { dataset } = await open(formFixture('words.parquet'));
    expect(sizes(dataset).reduce((sum, size) => sum + size)).toBe(8);
    await requireCatsAndDogs(dataset);
  });

  const whole = new Uint8Array(readFileSync(new URL('../fixtures/forms/words.parquet', import.meta.url)));

  test.each<[string, ByteSource[], string, RegExp]>([
    [
      'pictures that are external files',
      formFixture('external.parquet'),
      'file.unsupported',
      /^external\.parquet: 8 of its rows are without bytes, as their pictures are external files \('0\.png'\)/,
    ],
    [
      'several labels a picture',
      formFixture('lists.parquet'),
      'file.unsupported',
      /^lists\.parquet: its column 'labels' is a list: several labels a picture/,
    ],
    [
      'a label beyond the classes',
      formFixture('label-out-of-range.parquet'),
      'data.label',
      /^label-out-of-range\.parquet#7: the label 6 is no whole number from 0 to 1$/,
    ],
    ['no labels', formFixture('no-labels.parquet'), 'data.empty', /no-labels\.parquet \(8 of its rows have no label\)/],
    [
      'no image column',
      formFixture('no-image.parquet'),
      'file.unsupported',
      /has no image column \(a struct of bytes and path\); its columns are x, label$/,
    ],
    [
      'a file cut short',
      sources({ 'x.parquet': whole.slice(0, 2000) }),
      'file.damaged',
      /^x\.parquet: does not end as a parquet file does: it is truncated$/,
    ],
    [
      'a footer longer than the file',
      sources({ 'x.parquet': whole.with(whole.length - 6, 0xff) }),
      'file.damaged',
      /^x\.parquet: says that its footer has \d+ bytes, and the file has \d+$/,
    ],
    [
      'a damaged footer',
      sources({ 'x.parquet': whole.map((byte, i) => (i > whole.length - 900 && i < whole.length - 600 ? 0xff : byte)) }),
      'file.damaged',
      /^x\.parquet: /,
    ],
  ])('%s is refused', async (_, files, code, message) => {
    await expect(open(files)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

test('one picture of each class is enough', async () => {
  const { dataset } = await open(sources({ 'a/1.png': await solidPng(1, 2, 3), 'b/1.png': await solidPng(4, 5, 6) }));
  expect(sizes(dataset)).toEqual([2, 0, 0]);
});
