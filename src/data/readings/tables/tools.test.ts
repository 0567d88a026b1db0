/** What annotation tools export beside their pictures. */
import { describe, expect, test } from 'vitest';
import { countsOf as counts, readSolid as read } from '../../../testing/solid.js';

const CLASSES = ['cat', 'dog', 'owl'];
const NUMBERS = Array.from({ length: 12 }, (_, i) => i);
const classOf = (i: number): string => CLASSES[i % 3] ?? '';
const EACH = { cat: 4, dog: 4, owl: 4 };
const json = (value: unknown): string => JSON.stringify(value);
const byName = <T>(name: (i: number) => string, value: (i: number) => T): Record<string, T> =>
  Object.fromEntries(NUMBERS.map((i) => [name(i), value(i)]));

const flat = NUMBERS.map((i) => `images/a${i}.png`);
const refused = /boxes/;

const vott = (i: number, side: number): unknown => ({
  asset: { name: `a${i}.png`, path: `file:/home/a${i}.png`, size: { width: 5, height: 4 } },
  regions: [{ id: 'r', tags: [classOf(i)], boundingBox: { left: 0, top: 0, width: side, height: 4 } }],
});
const supervisely = (i: number, objects: readonly unknown[]): string =>
  json({ description: '', tags: [{ name: classOf(i), value: null, tagId: i % 3 }], size: { width: 5, height: 4 }, objects });
const labelme = (i: number, shapes: readonly unknown[]): string =>
  json({
    version: '5.1.1',
    flags: Object.fromEntries(CLASSES.map((title) => [title, title === classOf(i)])),
    shapes,
    imagePath: `a${i}.png`,
    imageData: 'A'.repeat(3000),
  });
const shape = { label: 'cat', points: [[1, 1]], shape_type: 'polygon' };

describe('a class for each picture', () => {
  test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
    [
      'VoTT with boxes around the whole',
      flat,
      { 'x-export.json': json({ name: 'x', assets: byName(String, (i) => vott(i, 5)) }) },
    ],
    [
      'VoTT, a file for each',
      flat,
      byName(
        (i) => `${i}f-asset.json`,
        (i) => json(vott(i, 5)),
      ),
    ],
    [
      'Supervisely',
      NUMBERS.map((i) => `ds/img/a${i}.png`),
      {
        'meta.json': json({ classes: [], tags: [] }),
        ...byName(
          (i) => `ds/ann/a${i}.png.json`,
          (i) => supervisely(i, []),
        ),
      },
    ],
    [
      'labelme with flags',
      flat,
      byName(
        (i) => `images/a${i}.json`,
        (i) => labelme(i, []),
      ),
    ],
    [
      "ISIC's archive",
      flat,
      byName(
        (i) => `about/a${i}.json`,
        (i) => json({ name: `a${i}`, meta: { clinical: { age: 30 + i, diagnosis: classOf(i) } } }),
      ),
    ],
    [
      'FiftyOne with confidences',
      flat,
      {
        'labels.json': json({
          classes: CLASSES,
          labels: byName(
            (i) => `a${i}`,
            (i) => ({ label: i % 3, confidence: 0.9 }),
          ),
        }),
      },
    ],
    [
      'OpenMMLab, its numbers named beside',
      flat,
      {
        'train.json': json({
          metainfo: { classes: CLASSES },
          data_list: NUMBERS.map((i) => ({ img_path: `images/a${i}.png`, gt_label: i % 3 })),
        }),
      },
    ],
    [
      'Label Studio, which puts digits before the names of uploads',
      flat,
      { 'p.json': json(NUMBERS.map((i) => ({ id: i, image: `/data/upload/1/1f2e3d4c-a${i}.png`, choice: classOf(i) }))) },
    ],
  ])('%s', async (_, paths, texts) => {
    expect(counts(await read(paths, texts))).toEqual(EACH);
  });

  test("Edge Impulse's labels and parts", async () => {
    const part = (i: number): string => (i < 6 ? 'training' : 'testing');
    const path = (i: number): string => `${part(i)}/a${i}.png`;
    const files = NUMBERS.map((i) => ({ path: path(i), category: part(i), label: { type: 'label', label: classOf(i) } }));
    const opened = await read(NUMBERS.map(path), { 'info.labels': json({ version: 1, files }) });
    expect(counts(opened)).toEqual(EACH);
    expect(opened.raw.examples.filter((example) => example.part === 'test')).toHaveLength(6);
    expect(opened.raw.questions).toEqual([]);
  });

  test("CVAT's attribute of the one tag", async () => {
    const image = (i: number): string =>
      `<image id="${i}" name="a${i}.png"><tag label="animal"><attribute name="kind">${classOf(i)}</attribute></tag></image>`;
    const opened = await read(flat, { 'annotations.xml': `<annotations>${NUMBERS.map(image).join('')}</annotations>` });
    expect(counts(opened)).toEqual(EACH);
    expect(opened.raw.labelsFrom).toBe("column 'kind' of annotations.xml");
  });
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['VoTT', { 'x-export.json': json({ name: 'x', assets: byName(String, (i) => vott(i, 3)) }) }],
  [
    'Supervisely',
    byName(
      (i) => `images/a${i}.png.json`,
      (i) => supervisely(i, [{ classTitle: 'cat', geometryType: 'rectangle' }]),
    ),
  ],
  [
    'labelme',
    byName(
      (i) => `images/a${i}.json`,
      (i) => labelme(i, [shape, shape]),
    ),
  ],
  [
    'Create ML',
    {
      'a.json': json(
        NUMBERS.map((i) => ({
          image: `a${i}.png`,
          annotations: [{ label: 'cat', coordinates: { x: 1, y: 1, width: 2, height: 2 } }],
        })),
      ),
    },
  ],
  [
    'Edge Impulse',
    {
      'bounding_boxes.labels': json({
        boundingBoxes: byName(
          (i) => `a${i}.png`,
          () => [{ label: 'cat', x: 1, y: 1 }],
        ),
      }),
    },
  ],
  [
    'Label Studio',
    {
      'p.json': json(
        NUMBERS.map((i) => ({
          data: { image: `a${i}.png` },
          annotations: [{ was_cancelled: false, result: [{ value: { x: 0, y: 0, rectanglelabels: [classOf(i)] } }] }],
        })),
      ),
    },
  ],
])('boxes of %s are refused as such', async (_, texts) => {
  await expect(read(flat, texts)).rejects.toThrow(refused);
});

describe('lists on several levels', () => {
  const many = Array.from({ length: 24 }, (_, i) => i);
  const pictures = many.map((i) => `images/a${i}.png`);
  const list = (at: number, label: (i: number) => string): string =>
    many
      .filter((i) => i % 2 === at)
      .map((i) => `a${i} ${label(i)}`)
      .join('\n');
  const lists = Object.fromEntries(
    ['train', 'test'].flatMap((part, at) => [
      [`images_variant_${part}.txt`, list(at, (i) => `${classOf(i)}-${Math.floor(i / 12)}`)],
      [`images_family_${part}.txt`, list(at, classOf)],
    ]),
  );

  test('the finest counts, with a question', async () => {
    const opened = await read(pictures, lists);
    expect(opened.raw.classes).toHaveLength(6);
    expect(opened.raw.questions.flatMap(({ option, answers }) => [option, ...answers.map(({ value }) => value)])).toEqual([
      'labelColumn',
      'variant',
      'family',
    ]);
  });

  test('another is chosen by its word', async () => {
    const opened = await read(pictures, lists, { labelColumn: 'family' });
    expect(counts(opened)).toEqual({ cat: 8, dog: 8, owl: 8 });
    expect(opened.raw.examples.filter(({ part }) => part === 'test')).toHaveLength(12);
  });
});

test('a list of paths and numbers counts before folders that are shelves, with a question', async () => {
  const paths = NUMBERS.map((i) => `train/sub${i % 4}/a${i}.png`);
  const opened = await read(paths, { 'meta/train.txt': NUMBERS.map((i) => `sub${i % 4}/a${i}.png ${i % 3}`).join('\n') });
  expect(counts(opened)).toEqual({ 0: 4, 1: 4, 2: 4 });
  expect(opened.raw.questions.map(({ option }) => option)).toEqual(['form']);
});

test('columns with the same labels are asked about: a picture may have several', async () => {
  const row = (i: number): string => `a${i}.png,${classOf(i)}${i % 2 ? `,${classOf(i + 1)}` : ''}`;
  const opened = await read(flat, { 'import.csv': NUMBERS.map(row).join('\n') });
  expect(counts(opened)).toEqual(EACH);
  expect(opened.raw.questions.flatMap(({ answers }) => answers.map(({ value }) => value))).toEqual(['2', '3']);
});

test('numbers as C prints them are whole', async () => {
  const list = NUMBERS.map((i) => `${i}\t${i % 3}.000000\ta${i}.png`).join('\n');
  expect(counts(await read(flat, { 'data.lst': list }))).toEqual({ 0: 4, 1: 4, 2: 4 });
});

test('lists that number the same classes in two ways are one level', async () => {
  const list = (from: number): string => NUMBERS.map((i) => `a${i}.png ${(i % 3) + from}`).join('\n');
  const opened = await read(flat, { 'zero-indexed.txt': list(0), 'one-indexed.txt': list(1) });
  expect(Object.values(counts(opened))).toEqual([4, 4, 4]);
  expect(opened.raw.questions).toEqual([]);
});

test('lists of pictures for each class, all as long, are no columns', async () => {
  const of = (title: string): string[] => NUMBERS.filter((i) => classOf(i) === title).map((i) => `a${i}.png`);
  expect(counts(await read(flat, { 'classes.json': json({ cat: of('cat'), dog: of('dog'), owl: of('owl') }) }))).toEqual(EACH);
});

test('masks in run lengths are refused', async () => {
  const text = ['ImageId,ClassId,EncodedPixels', ...NUMBERS.map((i) => `a${i}.png,${i % 3},${i} 3`)].join('\n');
  await expect(read(flat, { 'train.csv': text })).rejects.toThrow('detection');
});

test.each<[string, string]>([
  ['label_map.pbtxt', CLASSES.map((title, i) => `item {\n  id: ${i}\n  name: '${title}'\n}`).join('\n')],
  ['class_index.json', json(Object.fromEntries(CLASSES.map((title, i) => [i, [`n${i}`, title]])))],
  ['class_indices.json', json(Object.fromEntries(CLASSES.map((title, i) => [title, i])))],
])('folders that are numbers take their names from %s', async (name, text) => {
  expect(
    counts(
      await read(
        NUMBERS.map((i) => `${i % 3}/a${i}.png`),
        { [name]: text },
      ),
    ),
  ).toEqual(EACH);
});

test('escapes of an address in a plain path are resolved', async () => {
  const opened = await read(
    NUMBERS.map((i) => `images/my é ${i}.png`),
    { 'labels.csv': `image,label\n${NUMBERS.map((i) => `images/my%20%C3%A9%20${i}.png,${classOf(i)}`).join('\n')}` },
  );
  expect(counts(opened)).toEqual(EACH);
});
