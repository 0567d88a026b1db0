/** Tables, lists and names whose labels or parts could be taken for something else. */
import { describe, expect, test } from 'vitest';
import { sharpDecoder } from '../../headless/machine/images.js';
import { solidPngs, sources } from '../../testing/datasets.js';
import { openDataset } from '../open.js';
import type { OpenedDataset } from '../types.js';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const CLASSES = ['cat', 'dog', 'owl'];
const classOf = (i: number): string => CLASSES[i % 3] ?? '';

async function read(paths: readonly string[], texts: Record<string, string> = {}): Promise<OpenedDataset> {
  return openDataset(sources({ ...(await solidPngs(paths)), ...texts }), sharpDecoder, { name: 'set', splitSeed: 0 });
}

/** `part class` with the number of pictures. */
function said({ raw }: OpenedDataset): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { label, part } of raw.examples) {
    const key = `${part ?? 'none'} ${raw.classes[label] ?? '?'}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const csv = (header: string, paths: readonly string[], label: (i: number) => string | number): string =>
  [header, ...paths.map((path, i) => `${path},${label(i)}`)].join('\n');

describe('a table whose pictures lie in folders that are no classes', () => {
  const EACH = { 'none cat': 4, 'none dog': 4, 'none owl': 4 };
  const shelves = (name: (i: number) => string): string[] => range(12).map((i) => `${name(i)}/p${i}.png`);
  const coco = (paths: readonly string[]): string =>
    JSON.stringify({
      images: paths.map((path, id) => ({ id, file_name: path })),
      annotations: paths.map((_, id) => ({ id, image_id: id, category_id: id % 3 })),
      categories: CLASSES.map((name, id) => ({ id, name })),
    });

  test.each<[string, readonly string[]]>([
    ['numbered shelves', shelves((i) => `00${Math.floor(i / 5)}`)],
    ['places', shelves((i) => `loc_000${i % 4}`)],
    ['days', shelves((i) => `2019-05-0${(i % 5) + 1}`)],
    ['people', shelves((i) => (i % 2 ? 'anna' : 'bob'))],
  ])('a list in the form of COCO counts beside %s, with a question', async (_, paths) => {
    const opened = await read(paths, { 'metadata.json': coco(paths) });
    expect(said(opened)).toEqual(EACH);
    expect(opened.raw.questions).toMatchObject([{ option: 'form', text: expect.stringContaining('the table counts') }]);
  });

  test('unlabelled pictures on the same shelves do not outweigh the table', async () => {
    const paths = shelves((i) => `train/00${Math.floor(i / 5)}`);
    const unlabelled = range(9).map((i) => `test/00${Math.floor(i / 5)}/q${i}.png`);
    const opened = await read([...paths, ...unlabelled], { 'train.json': coco(paths) });
    expect(said(opened)).toEqual({ 'train cat': 4, 'train dog': 4, 'train owl': 4 });
  });

  test('a column of an unknown name counts only beside folders that differ by numbers', async () => {
    const sessions = shelves((i) => `s${(i % 2) + 1}`);
    expect(said(await read(sessions, { 'list.csv': csv('file,what', sessions, classOf) }))).toEqual(EACH);
    const sorted = range(12).map((i) => `${classOf(i)}/p${i}.png`);
    const light = csv('file,light', sorted, (i) => (i % 2 ? 'day' : 'night'));
    const opened = await read(sorted, { 'list.csv': light });
    expect(said(opened)).toEqual(EACH);
    expect(opened.raw.questions).toMatchObject([{ text: expect.stringContaining('the folders count') }]);
  });
});

describe('parts', () => {
  const six = { 'train cat': 2, 'train dog': 2, 'train owl': 2, 'test cat': 1, 'test dog': 1, 'test owl': 1 };
  const partOf = (i: number): string => (i < 6 ? 'train' : 'test');

  test('lists of paths for each part in one JSON object', async () => {
    const paths = range(9).map((i) => `${classOf(i)}/${i}.png`);
    const lists = JSON.stringify({ train: paths.slice(0, 6), test: paths.slice(6) });
    expect(
      said(
        await read(
          paths.map((path) => `images/${path}`),
          { 'splits.json': lists },
        ),
      ),
    ).toEqual(six);
  });

  test('in the pictures’ names, before the class', async () => {
    const opened = await read(range(9).map((i) => `pics/${partOf(i)}_${classOf(i)}_${i}.png`));
    expect(said(opened)).toEqual(six);
    expect(opened.raw.partsFrom).toBe("the words in the pictures' names");
  });

  test('in another language; a column with some words that are unknown is asked about', async () => {
    const paths = range(9).map((i) => `${i}.png`);
    const rows = (test: string): string =>
      csv('file,class,Teilmenge', paths, (i) => `${classOf(i)},${i < 6 ? 'Training' : i < 8 ? test : 'Test'}`);
    expect(said(await read(paths, { 'list.csv': rows('Validierung') }))).toMatchObject({ 'validation cat': 1, 'test owl': 1 });
    const asked = await read(paths, { 'list.csv': rows('validatie') });
    expect(asked.raw.questions).toMatchObject([{ option: 'partColumn', text: expect.stringContaining("'Teilmenge'") }]);
    expect(asked.raw.partsFrom).toBeNull();
  });

  test('one JSON object of records whose names have words for parts', async () => {
    const records = Object.fromEntries(range(9).map((i) => [`${partOf(i)}_${i}.png`, { label: classOf(i), split: partOf(i) }]));
    const paths = Object.keys(records).map((name) => `images/${name}`);
    expect(said(await read(paths, { 'meta.json': JSON.stringify(records) }))).toEqual(six);
  });

  test('lists of several folds are not joined', async () => {
    const paths = range(18).map((i) => `images/${classOf(i)}/${i}.png`);
    const lists = [1, 2].flatMap((fold) => {
      const inTest = (i: number): boolean => Math.floor(i / 3) % 3 === fold;
      const lines = (held: (i: number) => boolean): string =>
        range(18)
          .filter(held)
          .map((i) => `${classOf(i)}/${i}.png`)
          .join('\n');
      return [
        [`fold${fold}_test.txt`, lines(inTest)],
        [`fold${fold}_train.txt`, lines((i) => !inTest(i))],
      ] as const;
    });
    const opened = await read(paths, Object.fromEntries(lists));
    expect(said(opened)).toMatchObject({ 'train cat': 4, 'test cat': 2 });
    expect(opened.raw.notes).toEqual([expect.stringContaining('fold2_test.txt, fold2_train.txt say other parts')]);
  });

  test('numbered folds of class folders are no classes', async () => {
    const opened = await read(range(18).map((i) => `fold_${(i % 3) + 1}/${CLASSES[Math.floor(i / 6)] ?? ''}/${i}.png`));
    expect(said(opened)).toEqual({ 'none cat': 6, 'none dog': 6, 'none owl': 6 });
  });
});

describe('labels in tables', () => {
  const paths = range(9).map((i) => `${i}.png`);
  const EACH = { 'none great dane': 3, 'none barn owl': 3, 'none tabby cat': 3 };
  const names = ['great dane', 'barn owl', 'tabby cat'];

  test('of several words in a list of path and label', async () => {
    const rows = paths.map((path, i) => `${path} ${names[i % 3] ?? ''}`).join('\n');
    expect(said(await read(paths, { 'list.txt': rows }))).toEqual(EACH);
    const header = `file class sex\n${paths.map((path, i) => `${path} ${classOf(i)} ${i % 2 ? 'male' : 'female'}`).join('\n')}`;
    expect(said(await read(paths, { 'list.txt': header }))).toEqual({ 'none cat': 3, 'none dog': 3, 'none owl': 3 });
  });

  test('yes and no in a column for each class', async () => {
    const hot = csv('file,cat,dog,owl', paths, (i) => CLASSES.map((title) => (title === classOf(i) ? 'Yes' : 'No')).join());
    expect(said(await read(paths, { 'list.csv': hot }))).toEqual({ 'none cat': 3, 'none dog': 3, 'none owl': 3 });
  });

  test('with line ends of carriage returns alone', async () => {
    const rows = csv('file,label', paths, (i) => names[i % 3] ?? '').replaceAll('\n', '\r');
    expect(said(await read(paths, { 'list.csv': rows }))).toEqual(EACH);
  });

  test('in UTF-16, with or without a mark, are refused by the name of the encoding', async () => {
    const rows = csv('file,label', paths, classOf);
    for (const text of [`\ufeff${rows}`, rows]) {
      const utf16 = new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
      const files = sources({ ...(await solidPngs(paths)), 'list.csv': utf16 });
      await expect(openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0 })).rejects.toThrow(/list\.csv: .*UTF-16/);
    }
  });
});

test('of two columns that might have the labels, neither of which is called so, one is taken and asked about', async () => {
  const paths = range(12).map((i) => `${i}.png`);
  const rows = csv('file,smoker,benign', paths, (i) => `${i % 3 ? 'no' : 'yes'},${i % 2 ? 'no' : 'yes'}`);
  const opened = await read(paths, { 'list.csv': rows });
  expect(opened.raw.questions).toMatchObject([{ option: 'labelColumn', answers: [{ value: 'smoker' }, { value: 'benign' }] }]);
});

describe('class folders', () => {
  test('that are numbers have the names of a list', async () => {
    const paths = range(9).map((i) => `train/${(i % 3) + 1}/${i}.png`);
    const opened = await read(paths, { 'cat_to_name.json': JSON.stringify({ 1: 'cat', 2: 'dog', 3: 'owl', 4: 'yak' }) });
    expect(said(opened)).toEqual({ 'train cat': 3, 'train dog': 3, 'train owl': 3 });
    expect(opened.raw.notes).toEqual(["The classes' names stand in cat_to_name.json"]);
    expect(opened.skipped).toEqual([]);
  });

  test('in a sample of the training folder are left out', async () => {
    const paths = range(9).map((i) => `trainingSet/${classOf(i)}/${i}.png`);
    const opened = await read([...paths, ...range(3).map((i) => `trainingSample/${classOf(i)}/${i}.png`)]);
    expect(said(opened)).toEqual({ 'train cat': 3, 'train dog': 3, 'train owl': 3 });
    expect(opened.skipped).toMatchObject([{ name: 'trainingSample', reason: expect.stringContaining('a sample of it') }]);
  });

  test('below one folder or several are asked about where the folders above are taken for the classes', async () => {
    const opened = await read(range(6).flatMap((i) => [`pets/cat/${i}.png`, `pets/dog/${i}.png`, `birds/owl/${i}.png`]));
    expect(said(opened)).toEqual({ 'none birds': 6, 'none pets': 12 });
    expect(opened.raw.questions).toMatchObject([{ option: 'form', text: expect.stringContaining("'owl'") }]);
  });
});

describe('CVAT’s XML', () => {
  const paths = range(6).map((i) => `images/a&b ${i}.png`);
  const xml = (inner: (i: number) => string): string =>
    `<?xml version="1.0"?>\n<annotations>\n${paths
      .map((_, i) => `<image id="${i}" name="a&amp;b ${i}.png" subset="${i < 4 ? 'Train' : 'Test'}">${inner(i)}</image>`)
      .join('\n')}\n</annotations>`;
  const tag = (label: string): string => `<tag label="${label}" source="manual"><attribute name="x">y</attribute></tag>`;

  test('a tag for each picture is its class, and a subset its part', async () => {
    const opened = await read(paths, { 'annotations.xml': xml((i) => tag(i % 2 ? 'cat &#38; kitten' : 'dog')) });
    expect(said(opened)).toEqual({ 'train cat & kitten': 2, 'train dog': 2, 'test cat & kitten': 1, 'test dog': 1 });
  });

  test('boxes, and several tags in a picture, are refused', async () => {
    const boxes = xml((i) => `<box label="${classOf(i)}" xtl="1" ytl="1" xbr="2" ybr="2"></box>`);
    await expect(read(paths, { 'annotations.xml': boxes })).rejects.toThrow('is a detection or segmentation set');
    const several = xml(() => tag('cat') + tag('dog'));
    await expect(read(paths, { 'annotations.xml': several })).rejects.toThrow('several labels to one picture');
  });
});

test('a column whose name may mean parts, and whose values mean others, is left aside with a question', async () => {
  const paths = range(12).map((i) => `${i}.png`);
  const usage = csv('file,label,usage', paths, (i) => `${classOf(i)},${i % 2 ? 'Casual' : 'Formal'}`);
  const opened = await read(paths, { 'styles.csv': usage });
  expect(said(opened)).toEqual({ 'none cat': 4, 'none dog': 4, 'none owl': 4 });
  const text: unknown = expect.stringContaining("'usage' (Formal, Casual) names no parts");
  expect(opened.raw.questions).toMatchObject([{ option: 'partColumn', text }]);
});
