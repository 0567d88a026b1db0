import { describe, expect, test } from 'vitest';
import { sharpDecoder } from '../../headless/machine/images.js';
import { solidPngs, sources } from '../../testing/datasets.js';
import { openDataset, type OpenOptions } from '../open.js';
import type { OpenedDataset } from '../types.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const CLASSES = ['cat', 'dog', 'owl'];
const table = (header: string, count: number, row: (i: number) => string): string =>
  [header, ...range(count).map(row)].join('\n');
const classOf = (i: number): string => CLASSES[i % 3] ?? '';
const sorted = (folder: string, count: number): string[] =>
  CLASSES.flatMap((title) => range(count).map((i) => `${folder}${title}/${i}.png`));
const flat = (count: number, folder = 'images/'): string[] => range(count).map((i) => `${folder}${i}.png`);

async function read(
  paths: readonly string[],
  texts: Record<string, string> = {},
  options: Partial<OpenOptions> = {},
): Promise<OpenedDataset> {
  return openDataset(sources({ ...(await solidPngs(paths)), ...texts }), sharpDecoder, { name: 'set', splitSeed: 0, ...options });
}

/** The numbers of pictures in each class and each part, before the split. */
function counts({ raw }: OpenedDataset): { classes: Record<string, number>; parts: Record<string, number> } {
  const classes: Record<string, number> = {};
  const parts: Record<string, number> = {};
  for (const { label, part } of raw.examples) {
    const title = raw.classes[label] ?? '?';
    classes[title] = (classes[title] ?? 0) + 1;
    parts[part ?? 'none'] = (parts[part ?? 'none'] ?? 0) + 1;
  }
  return { classes, parts };
}

describe('folders', () => {
  test.each<[string, readonly string[], Record<string, number>, Record<string, number>]>([
    [
      'parts below classes',
      CLASSES.flatMap((title) => [...flat(2, `${title}/train/`), `${title}/test/9.png`]),
      { cat: 3, dog: 3, owl: 3 },
      { train: 6, test: 3 },
    ],
    [
      'part and class in one name',
      CLASSES.flatMap((title) => [...flat(2, `train_${title}/`), `test_${title}/9.png`]),
      { cat: 3, dog: 3, owl: 3 },
      { train: 6, test: 3 },
    ],
    ['a class that is called test', [...flat(3, 'control/'), ...flat(3, 'test/')], { control: 3, test: 3 }, { none: 6 }],
    ['two words for one part', [...flat(3, 'dev/'), ...flat(3, 'val/')], { dev: 3, val: 3 }, { none: 6 }],
    [
      'pieces of classes',
      CLASSES.flatMap((title) => [0, 1].flatMap((piece) => flat(2, `${title}/batch${piece}/`))),
      { cat: 4, dog: 4, owl: 4 },
      { none: 12 },
    ],
    [
      'the same classes under several sources',
      ['web', 'shop'].flatMap((source) => sorted(`${source}/images/`, 2)),
      { cat: 4, dog: 4, owl: 4 },
      { none: 12 },
    ],
    [
      'classes on shelves by their letter',
      ['a/abbey', 'a/alley', 'b/bakery/shop', 'b/bakery/home'].flatMap((folder) => flat(2, `set/${folder}/`)),
      { abbey: 2, alley: 2, 'bakery/shop': 2, 'bakery/home': 2 },
      { none: 8 },
    ],
    ['faces with a mask and without', [...flat(3, 'mask/'), ...flat(3, 'no_mask/')], { mask: 3, no_mask: 3 }, { none: 6 }],
    ['a hidden folder as its neighbours', [...flat(2, '.net/'), ...flat(2, 'java/')], { '.net': 2, java: 2 }, { none: 4 }],
  ])('%s', async (_, paths, classes, parts) => {
    expect(counts(await read(paths))).toEqual({ classes, parts });
  });

  test('masks, copies and what lies beside the parts are left out by name', async () => {
    const masks = await read([...sorted('', 2), 'cat/0_mask.png', ...sorted('masks/', 1)]);
    expect(counts(masks).classes).toEqual({ cat: 2, dog: 2, owl: 2 });
    expect(masks.skipped.map(({ name }) => name).sort()).toEqual(['cat/0_mask.png', 'masks']);
    const beside = await read([
      ...sorted('train/', 2),
      ...sorted('test/', 1),
      ...sorted('extra/', 2),
      'logo.png',
      'pred/a/1.png',
    ]);
    expect(counts(beside).parts).toEqual({ train: 6, test: 3 });
    expect(beside.skipped.map(({ name }) => name).sort()).toEqual(['extra', 'logo.png', 'pred/a/1.png']);
    const copy = await read([...sorted('set/', 2), ...sorted('set/set/', 2)]);
    expect(counts(copy).classes).toEqual({ cat: 2, dog: 2, owl: 2 });
    expect(copy.skipped).toMatchObject([{ name: 'set/set' }]);
  });

  test('classes that differ by case are one, with a note, unless one folder holds both', async () => {
    const one = await read(['train/Cat/0.png', 'train/Cat/1.png', 'train/dog/0.png', 'test/cat/0.png', 'test/dog/0.png']);
    expect(counts(one).classes).toEqual({ Cat: 3, dog: 2 });
    expect(one.notes).toContainEqual(expect.stringContaining("'Cat', 'cat' differ by case alone"));
    expect(counts(await read(['A/0.png', 'a/0.png'])).classes).toEqual({ A: 1, a: 1 });
  });

  const under = (outer: readonly string[], inner: readonly string[]): string[] =>
    outer.flatMap((above) => inner.flatMap((below) => flat(2, `${above}/${below}/`)));

  test('folders in each class folder are asked about, since they might be the classes', async () => {
    const paths = ['colon/aca', 'colon/benign', 'lung/scc', 'lung/normal'].flatMap((folder) => flat(2, `${folder}/`));
    const opened = await read(paths);
    expect(counts(opened).classes).toEqual({ colon: 4, lung: 4 });
    const text: unknown = expect.stringContaining("('aca', 'benign', 'scc', 'normal') might be them as well");
    expect(opened.raw.questions).toMatchObject([{ text, answers: [{ value: 'folders' }, { value: 'inner-folders' }] }]);
    const inner = await read(paths, {}, { form: 'inner-folders' });
    expect(counts(inner).classes).toEqual({ aca: 2, benign: 2, scc: 2, normal: 2 });
  });

  test('of folders whose inner folders recur, the paths may be the classes too', async () => {
    const paths = under(['Greek', 'Latin'], ['character01', 'character02', 'character03']);
    const opened = await read(paths);
    expect(counts(opened).classes).toEqual({ Greek: 6, Latin: 6 });
    const answers = ['folders', 'inner-folders', 'folder-paths'].map((value) => ({ value }));
    expect(opened.raw.questions).toMatchObject([{ option: 'form', answers }]);
    const characters = await read(paths, {}, { form: 'folder-paths' });
    expect(counts(characters).classes).toMatchObject({ 'Greek/character01': 2, 'Latin/character01': 2 });
  });

  test('the same folders below patients and places are the classes, with a question', async () => {
    const opened = await read(under(['8863', '8864', '8916'], ['0', '1']));
    expect(counts(opened).classes).toEqual({ 0: 6, 1: 6 });
    const answers = ['folders', 'outer-folders', 'folder-paths'].map((value) => ({ value }));
    expect(opened.raw.questions).toMatchObject([{ option: 'form', answers }]);
    expect(counts(await read(under(['8863', '8864'], ['0', '1']), {}, { form: 'outer-folders' })).classes).toEqual({
      8863: 4,
      8864: 4,
    });
  });

  test('more folders that recur below a few are the classes, with a question', async () => {
    const opened = await read(under(['clipart', 'sketch'], ['bird', 'car', 'tree']));
    expect(counts(opened).classes).toEqual({ bird: 4, car: 4, tree: 4 });
    expect(opened.raw.questions).toMatchObject([
      { answers: [{ value: 'folders' }, { value: 'outer-folders' }, { value: 'folder-paths' }] },
    ]);
  });

  test('people and recordings in class folders are not asked about', async () => {
    const opened = await read(under(['walking', 'running'], ['person01', 'person02']));
    expect(counts(opened).classes).toEqual({ running: 4, walking: 4 });
    expect(opened.raw.questions).toEqual([]);
  });

  test('numbered pieces and shelves of hashes are no classes beside a table', async () => {
    const pieces = await read([...flat(6, 'HAM_images_part_1/'), ...range(6).map((i) => `HAM_images_part_2/${6 + i}.png`)], {
      'meta.csv': table('image_id,sorte', 12, (i) => `${i},${classOf(i)}`),
    });
    expect(counts(pieces).classes).toEqual({ cat: 4, dog: 4, owl: 4 });
    expect(pieces.raw.questions).toEqual([]);
    const hash = (i: number): string => `0${i % 2 ? 'a' : 'b'}${(i + 99).toString(16)}c0de`;
    const shelves = await read(
      range(12).map((i) => `images/${hash(i).slice(0, 2)}/${hash(i)}.png`),
      { 'meta.csv': table('id,sorte', 12, (i) => `${hash(i)},${classOf(i)}`) },
    );
    expect(counts(shelves).classes).toEqual({ cat: 4, dog: 4, owl: 4 });
  });

  test('names that differ by several numbers alone name no class', async () => {
    await expect(read(range(12).map((i) => `input_${i % 2}_${Math.floor(i / 6)}_${i}.png`))).rejects.toThrow(
      /no list says their classes/,
    );
  });

  test('a class without a readable picture is refused by name, with the reason', async () => {
    await expect(read(['cat/0.png', 'owl/0.png'], { 'dog/0.ppm': 'P6\n1 1\n255\nabc' })).rejects.toMatchObject({
      code: 'file.unsupported',
      message: expect.stringMatching(/none of the 1 pictures of class 'dog' can be read: dog\/0\.ppm is a Netpbm picture/),
    });
  });
});

describe('tables', () => {
  test.each<[string, string, Record<string, number>]>([
    [
      'a column that counts is none',
      table('image,width,height,species', 12, (i) => `${i}.png,${640 + i},480,${classOf(i)}`),
      { cat: 4, dog: 4, owl: 4 },
    ],
    [
      'a number goes with its name',
      table('image,class_id,name', 12, (i) => `${i}.png,${i % 3},${classOf(i)}`),
      { cat: 4, dog: 4, owl: 4 },
    ],
    [
      'one-hot columns',
      table('image,cat,dog,owl', 12, (i) => `${i},${[0, 1, 2].map((c) => (c === i % 3 ? '1.0' : '0.0')).join(',')}`),
      { cat: 4, dog: 4, owl: 4 },
    ],
    ['rows are numbered', table('index;image;breed', 12, (i) => `${i};${i}.png;${classOf(i)}`), { cat: 4, dog: 4, owl: 4 }],
    [
      'paths of another machine',
      table('path|label', 12, (i) => `C:\\data\\images\\${i}.PNG|${classOf(i)}`),
      { cat: 4, dog: 4, owl: 4 },
    ],
  ])('%s', async (_, text, classes) => {
    expect(counts(await read(flat(12), { 'labels.csv': text })).classes).toEqual(classes);
  });

  test.each<[string, (i: number) => string, Record<string, number>]>([
    ['split', (i) => String(i < 6 ? 0 : i < 9 ? 1 : 2), { train: 6, validation: 3, test: 3 }],
    ['is_valid', (i) => (i < 8 ? 'False' : 'True'), { train: 8, validation: 4 }],
    ['is_train', (i) => (i < 8 ? '1' : '0'), { train: 8, test: 4 }],
    ['test_result', (i) => (i < 8 ? 'yes' : 'no'), { none: 12 }],
    ['split_name', (i) => (i < 8 ? 'train' : 'holdout'), { train: 8, test: 4 }],
    ['Usage', (i) => (i < 6 ? 'Training' : i < 9 ? 'PublicTest' : 'PrivateTest'), { train: 6, validation: 3, test: 3 }],
    ['fold', (i) => String(i % 5), { none: 12 }],
  ])('parts by the column %s', async (column, value, parts) => {
    const opened = await read(flat(12), {
      'all.csv': table(`image,label,${column}`, 12, (i) => `${i}.png,${classOf(i)},${value(i)}`),
    });
    expect(counts(opened).parts).toEqual(parts);
    expect(opened.raw.questions.map(({ option }) => option)).toEqual(column === 'fold' ? ['partColumn'] : []);
  });

  test('of pictures with equal names in two parts, the nearest to the table is meant', async () => {
    const rows = (count: number): string => table('file_name,label', count, (i) => `${i}.png,${classOf(i)}`);
    const opened = await read([...flat(6, 'train/'), ...flat(3, 'test/')], {
      'train/metadata.csv': rows(6),
      'test/metadata.csv': rows(3),
    });
    expect(counts(opened)).toEqual({ classes: { cat: 3, dog: 3, owl: 3 }, parts: { train: 6, test: 3 } });
  });

  test('of pictures with equal names in two parts, that of the row’s part is meant, and otherwise that to train', async () => {
    const paths = [...flat(6, 'train/'), ...flat(6, 'test/')];
    const labels = await read(paths, { 'labels.csv': table('id,label', 6, (i) => `${i},${classOf(i)}`) });
    expect(labels.raw.examples.map(({ name }) => name).sort()).toEqual(flat(6, 'train/'));
    const both = table('split,file,label', 12, (i) => `${i < 6 ? 'train' : 'test'},${i % 6}.png,${classOf(i < 6 ? i : i + 1)}`);
    const split = await read(paths, { 'labels.csv': both });
    expect(counts(split).parts).toEqual({ train: 6, test: 6 });
    const told = new Map(split.raw.examples.map(({ name, label }) => [name, split.raw.classes[label]]));
    expect([told.get('train/0.png'), told.get('test/0.png')]).toEqual(['cat', 'dog']);
  });

  test('missing values and -1 beside the numbers of classes are no labels', async () => {
    const label = (i: number): string => (i < 9 ? String(i % 3) : i === 9 ? '-1' : i === 10 ? 'NaN' : '');
    const opened = await read(flat(12), { 'a.csv': table('image,label', 12, (i) => `${i}.png,${i === 10 ? '' : label(i)}`) });
    expect(counts(opened).classes).toEqual({ 0: 3, 1: 3, 2: 3 });
    const words = await read(flat(12), { 'a.csv': table('image,label', 12, (i) => `${i}.png,${i < 9 ? classOf(i) : 'nan'}`) });
    expect(counts(words).classes).toEqual({ cat: 3, dog: 3, owl: 3 });
    const signs = await read(flat(12), { 'a.csv': table('image,label', 12, (i) => `${i}.png,${i % 2 ? 1 : -1}`) });
    expect(counts(signs).classes).toEqual({ '-1': 6, 1: 6 });
  });

  test('pictures in a column of masks are masks', async () => {
    const opened = await read([...flat(9, 'photos/'), ...range(9).map((i) => `segm/${i}_s.png`)], {
      'a.csv': table('mask_path,image_path,label', 9, (i) => `segm/${i}_s.png,photos/${i}.png,${classOf(i)}`),
    });
    expect(counts(opened).classes).toEqual({ cat: 3, dog: 3, owl: 3 });
    expect(opened.skipped).toMatchObject([{ name: 'segm', reason: expect.stringContaining('is a mask of another picture') }]);
  });

  test('a list in the form of COCO is a table if no picture has a box, unless its name says that it lists things', async () => {
    const list = (thing: object): string =>
      JSON.stringify({
        images: range(9).map((id) => ({ id, file_name: `${id}.png` })),
        annotations: range(9).map((id) => ({ id, image_id: id, category_id: id % 3, ...thing })),
        categories: CLASSES.map((name, id) => ({ id, name })),
      });
    const opened = await read(flat(9), { 'train2019.json': list({}) });
    expect(counts(opened).classes).toEqual({ cat: 3, dog: 3, owl: 3 });
    await expect(read(flat(9), { 'instances_train2017.json': list({}) })).rejects.toThrow(/COCO annotations/);
    await expect(read(flat(9), { 'train2019.json': list({ bbox: [1, 1, 9, 9] }) })).rejects.toThrow(/COCO annotations/);
  });

  test('labels that differ by case alone are told, but not single letters', async () => {
    const typed = await read(flat(8), {
      'a.csv': table('image,label', 8, (i) => `${i}.png,${['cat', 'Cat', 'dog', 'owl'][i % 4] ?? ''}`),
    });
    expect(typed.notes).toContainEqual(expect.stringContaining("'cat' and 'Cat' differ by case alone"));
    const letters = await read(flat(8), { 'a.csv': table('image,label', 8, (i) => `${i}.png,${['a', 'A'][i % 2] ?? ''}`) });
    expect(letters.notes.join()).not.toContain('differ by case');
  });

  test('a table that contradicts the folders gives a question, and is used if it is asked for', async () => {
    const texts = {
      'labels.csv': table('path,label', 12, (i) => `${classOf(i)}/${Math.floor(i / 3)}.png,${i === 4 ? 'owl' : classOf(i)}`),
    };
    const opened = await read(sorted('', 4), texts);
    expect(counts(opened).classes).toEqual({ cat: 4, dog: 4, owl: 4 });
    expect(opened.raw.questions).toMatchObject([{ option: 'form', answers: [{ value: 'folders' }, { value: 'table' }] }]);
    expect(counts(await read(sorted('', 4), texts, { form: 'table' })).classes).toEqual({ cat: 4, dog: 3, owl: 5 });
    await expect(read(sorted('', 4), texts, { form: 'parquet' })).rejects.toThrow(/cannot be read as 'parquet'; it can as/);
  });

  test('--label-column and --part-column choose the columns', async () => {
    const texts = {
      'all.csv': table(
        'image,label,shape,split',
        12,
        (i) => `${i}.png,${classOf(i)},${i % 2 ? 'round' : 'long'},${i < 8 ? 'train' : 'test'}`,
      ),
    };
    const opened = await read(flat(12), texts, { labelColumn: 'shape', partColumn: 'none' });
    expect(counts(opened)).toEqual({ classes: { long: 6, round: 6 }, parts: { none: 12 } });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'several ones in a row',
      { 'a.csv': table('image,red,round,big', 12, (i) => `${i}.png,1,${i % 2},${i % 3 ? 0 : 1}`) },
      /several labels to one picture/,
    ],
    [
      'lists in cells',
      {
        'metadata.jsonl': range(12)
          .map((i) => JSON.stringify({ file_name: `${i}.png`, labels: [classOf(i), 'x'] }))
          .join('\n'),
      },
      /holds lists, several labels/,
    ],
    [
      'several rows with other labels',
      { 'a.csv': table('ImageID,LabelName', 24, (i) => `${i % 12},${classOf(i + Math.floor(i / 12))}`) },
      /gives several labels to one picture \(12 pictures have rows with different values of 'LabelName'\)/,
    ],
    [
      'attributes beside a table of boxes',
      {
        'attributes.csv': table('image_id,Smiling,Young,Bald', 12, (i) => `${i}.png,1,${i % 2 ? 1 : -1},${i % 3 ? -1 : 1}`),
        'boxes.csv': table('image_id,x_1,y_1,width,height', 12, (i) => `${i}.png,95,${i % 3},226,313`),
      },
      /attributes\.csv: gives several labels to one picture/,
    ],
    [
      'boxes',
      { 'boxes.csv': table('filename,xmin,ymin,xmax,ymax,class', 24, (i) => `${i % 12}.png,1,1,9,9,${classOf(i)}`) },
      /detection set/,
    ],
  ])('%s are refused', async (_, texts, message) => {
    await expect(read(flat(12), texts)).rejects.toThrow(message);
  });
});

test('a table in another encoding is refused by name if there are no other labels', async () => {
  const rows = table('image,label', 6, (i) => `${i}.png,${i % 2 ? 'caf\xe9' : 'tea'}`);
  const latin = Uint8Array.from(rows, (letter) => letter.charCodeAt(0));
  const files = sources({ ...(await solidPngs(flat(6))), 'labels.csv': latin });
  await expect(openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0 })).rejects.toThrow(
    'labels.csv: is no text in UTF-8',
  );
  const folders = sources({ ...(await solidPngs(sorted('', 2))), 'labels.csv': latin });
  const opened = await openDataset(folders, sharpDecoder, { name: 'set', splitSeed: 0 });
  expect(opened.skipped).toMatchObject([{ name: 'labels.csv', reason: expect.stringMatching(/UTF-8/) }]);
});

describe('several sources', () => {
  test('folders for training and a table for validation whose labels are the folders’ names', async () => {
    const paths = [
      ...CLASSES.flatMap((title) => range(3).map((i) => `train/${title}/images/${title}_${i}.png`)),
      ...range(6).map((i) => `val/images/val_${i}.png`),
    ];
    const opened = await read(paths, {
      'val/val_annotations.txt': range(6)
        .map((i) => `val_${i}.png\t${classOf(i)}\t0\t32\t44\t62`)
        .join('\n'),
      'train/cat/cat_boxes.txt': range(3)
        .map((i) => `cat_${i}.png\t0\t10\t63\t58`)
        .join('\n'),
    });
    expect(counts(opened)).toEqual({ classes: { cat: 5, dog: 5, owl: 5 }, parts: { train: 9, validation: 6 } });
  });

  test('of many columns the one that agrees with the folders is chosen', async () => {
    const rows = table(
      'path,noisy_1,noisy_0,is_valid',
      12,
      (i) => `${classOf(i)}/${Math.floor(i / 3)}.png,${classOf(i + Number(i === 5))},${classOf(i)},${i < 9 ? 'False' : 'True'}`,
    );
    const opened = await read(sorted('', 4), { 'noisy.csv': rows });
    expect(counts(opened).parts).toEqual({ train: 9, validation: 3 });
    expect(opened.raw.labelsFrom).toContain("'noisy_0'");
  });

  test('words in file names, with lists whose numbers agree with them and which give the parts', async () => {
    const names = ['Abyssinian', 'great_pyrenees'];
    const line = (from: number, to: number): string =>
      names.flatMap((name, c) => range(to - from).map((i) => `${name}_${from + i} ${c + 1} 1 1`)).join('\n');
    const opened = await read(
      names.flatMap((name) => range(6).map((i) => `images/${name}_${i}.png`)),
      {
        'annotations/trainval.txt': line(0, 4),
        'annotations/test.txt': line(4, 6),
      },
    );
    expect(counts(opened)).toEqual({ classes: { Abyssinian: 6, great_pyrenees: 6 }, parts: { train: 8, test: 4 } });
  });
});
