/** Makes small data sets in many common forms. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { encodePng } from '../../src/data/pictures/png.js';

export type Files = Readonly<Record<string, Uint8Array | string>>;

export interface Form {
  readonly name: string;
  readonly files: Files;
  readonly classes: number;
  /** Numbers of pictures to train, validate and test with; their sum alone if the parts are drawn. */
  readonly parts: readonly [number, number, number] | number;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

let serial = 0;
/** A picture that differs from all others. */
async function picture(): Promise<Uint8Array<ArrayBuffer>> {
  serial++;
  const data = new Uint8Array(6 * 5 * 4);
  for (let at = 0; at < data.length; at += 4) data.set([serial % 251, (serial * 7) % 251, at, 255], at);
  return encodePng({ width: 6, height: 5, data });
}

const pictures = async (paths: readonly string[]): Promise<Record<string, Uint8Array>> =>
  Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await picture()] as const)));

const CLASSES = ['cat', 'dog'] as const;

/** Paths of pictures in a folder for each class. @param folders how many pictures of each class are in each. */
const sorted = (folders: Readonly<Record<string, number>>, between = ''): string[] =>
  Object.entries(folders).flatMap(([folder, count]) =>
    CLASSES.flatMap((title) => range(count).map((i) => `${folder}${folder === '' ? '' : '/'}${between}${title}/${i}.png`)),
  );

const flat = (count: number, folder = 'images'): string[] => range(count).map((i) => `${folder}/${i}.png`);

const table = (header: string, count: number, row: (i: number) => string): string =>
  [header, ...range(count).map(row)].join('\n');

const classOf = (i: number): string => CLASSES[i % 2] ?? 'cat';

async function zip(files: Files): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [path, content] of Object.entries(files)) {
    await writer.add(path, new Uint8ArrayReader(typeof content === 'string' ? new TextEncoder().encode(content) : content));
  }
  return writer.close();
}

type Plain = readonly [name: string, parts: Form['parts'], paths: readonly string[], texts?: Readonly<Record<string, string>>];

const metadata = (count: number): string =>
  range(count)
    .map((i) => JSON.stringify({ file_name: `${i}.png`, label: classOf(i) }))
    .join('\n');

/** Folders of pictures with other files beside them. */
const FOLDERS: readonly Plain[] = [
  ['a folder for each class', 12, sorted({ '': 6 })],
  ['train, val and test', [8, 4, 4], sorted({ train: 4, val: 2, test: 2 })],
  ['parts with words around them', [8, 4, 4], sorted({ '01_train': 4, '02_valid': 2, '03_test': 2 })],
  ['parts doubled', [8, 4, 4], sorted({ 'set_train/set_train': 4, 'set_val/set_val': 2, 'set_test/set_test': 2 })],
  ['a stray beside the parts', [8, 4, 4], [...sorted({ train: 4, dev: 2, evaluation: 2 }), 'preview.png']],
  [
    'parts below the classes',
    [8, 4, 4],
    CLASSES.flatMap((title) => [...flat(4, `${title}/train`), ...flat(2, `${title}/val`), ...flat(2, `${title}/test`)]),
  ],
  ['a class called train', 12, ['bus', 'train', 'tram'].flatMap((title) => flat(4, title))],
  ['masks beside images', 8, [...sorted({ images: 4 }), ...sorted({ masks: 4 })]],
  [
    'words and numbers for names',
    12,
    [
      ...range(6).map((i) => `train/cat.${i}.png`),
      ...range(6).map((i) => `train/dog.${i}.png`),
      ...range(3).map((i) => `test1/${i}.png`),
    ],
  ],
  [
    'a table',
    12,
    flat(12),
    { 'labels.csv': table('image,width,height,breed', 12, (i) => `${i}.png,640,${480 + i},${classOf(i)}`) },
  ],
  [
    'a table with semicolons, names without ending',
    12,
    flat(12),
    { 'l.csv': table('id;class', 12, (i) => `${i};${classOf(i)}`) },
  ],
  [
    'a column of parts',
    [6, 3, 3],
    flat(12),
    { 'all.csv': table('file,label,split', 12, (i) => `${i}.png,${classOf(i)},${i < 6 ? 'train' : i < 9 ? 'val' : 'test'}`) },
  ],
  [
    'is_valid',
    [8, 4, 0],
    flat(12),
    { 'labels.csv': table('name,label,is_valid', 12, (i) => `${i}.png,${classOf(i)},${i < 8 ? 'False' : 'True'}`) },
  ],
  [
    'a table for each part',
    [6, 3, 3],
    flat(12),
    {
      'train_df.csv': table('image,label', 6, (i) => `${i}.png,${classOf(i)}`),
      'val_df.csv': table('image,label', 3, (i) => `${i + 6}.png,${classOf(i)}`),
      'test_df.csv': table('image,label', 3, (i) => `${i + 9}.png,${classOf(i)}`),
    },
  ],
  ['one-hot columns', 12, flat(12), { 'truth.csv': table('image,cat,dog', 12, (i) => `${i},${i % 2 ? '0.0,1.0' : '1.0,0.0'}`) }],
  [
    'a competition',
    12,
    [...flat(12, 'train'), ...range(4).map((i) => `test/${i}.png`)],
    {
      'train.csv': table('id,label', 12, (i) => `${i},${classOf(i)}`),
      'sample_submission.csv': table('id,label', 4, (i) => `${i},cat`),
    },
  ],
  [
    'a list with blanks',
    12,
    flat(12),
    {
      'train.txt': range(12)
        .map((i) => `images/${i}.png ${i % 2}`)
        .join('\n'),
    },
  ],
  [
    'metadata.jsonl in each part',
    [8, 2, 2],
    [...flat(8, 'train'), ...flat(2, 'validation'), ...flat(2, 'test')],
    {
      'train/metadata.jsonl': metadata(8),
      'validation/metadata.jsonl': metadata(2),
      'test/metadata.jsonl': metadata(2),
    },
  ],
  [
    'two lists of paths beside the folders',
    12,
    sorted({ images: 6 }),
    {
      'train.txt': CLASSES.flatMap((title) => range(4).map((i) => `${title}/${i}.png`)).join('\n'),
      'test.txt': CLASSES.flatMap((title) => [4, 5].map((i) => `${title}/${i}.png`)).join('\n'),
    },
  ],
  [
    'numbered lists',
    12,
    sorted({ images: 6 }),
    {
      'images.txt': CLASSES.flatMap((title, c) => range(6).map((i) => `${c * 6 + i + 1} ${title}/${i}.png`)).join('\n'),
      'image_class_labels.txt': range(12)
        .map((i) => `${i + 1} ${i < 6 ? 1 : 2}`)
        .join('\n'),
      'train_test_split.txt': range(12)
        .map((i) => `${i + 1} ${i % 3 ? 1 : 0}`)
        .join('\n'),
    },
  ],
  [
    'captions beside folders',
    [8, 4, 4],
    sorted({ train: 4, val: 2, test: 2 }),
    { 'train/metadata.csv': table('file_name,text', 4, (i) => `cat/${i}.png,a photo numbered ${i}`) },
  ],
  [
    'predictions beside folders',
    12,
    sorted({ '': 6 }),
    { 'predictions.csv': table('path,label', 12, (i) => `${classOf(i)}/${i >> 1}.png,cat`) },
  ],
  [
    'labels as JSON',
    12,
    flat(12, 'data'),
    { 'labels.json': JSON.stringify({ classes: CLASSES, labels: Object.fromEntries(range(12).map((i) => [String(i), i % 2])) }) },
  ],
  [
    'VTAB-1k lists',
    [4, 2, 2],
    flat(8),
    {
      'train800.txt': range(4)
        .map((i) => `images/${i}.png ${i % 2}`)
        .join('\n'),
      'val200.txt': [4, 5].map((i) => `images/${i}.png ${i % 2}`).join('\n'),
      'test.txt': [6, 7].map((i) => `images/${i}.png ${i % 2}`).join('\n'),
    },
  ],
  ['CIFAR-10 binary batches', 4, [], {}],
];

/** A record of CIFAR-10: its label and 3072 bytes of pixels. */
const cifar = (labels: readonly number[]): Uint8Array =>
  Uint8Array.from(labels.flatMap((label, i) => [label, ...Array<number>(3072).fill(40 + 9 * i)]));

/** Forms that are folders, for the input that takes a folder. */
export async function folderForms(): Promise<Form[]> {
  return Promise.all(
    FOLDERS.map(async ([name, parts, paths, texts = {}]): Promise<Form> => {
      if (name.startsWith('CIFAR')) return { name, parts, classes: 10, files: { 'data_batch_1.bin': cifar([0, 1, 2, 3]) } };
      const classes = name === 'a class called train' ? 3 : 2;
      return { name, parts, classes, files: { ...(await pictures(paths)), ...texts } };
    }),
  );
}

/** Forms that are archives, to drop on the page. */
export async function archiveForms(): Promise<{ readonly form: Form; readonly file: string; readonly bytes: Uint8Array }[]> {
  const parts = await pictures(sorted({ train: 4, val: 2, test: 2 }));
  const inner = async (part: string): Promise<Uint8Array> =>
    zip(Object.fromEntries(Object.entries(parts).filter(([path]) => path.startsWith(`${part}/`))));
  const nested = { 'train.zip': await inner('train'), 'val.zip': await inner('val'), 'test.zip': await inner('test') };
  const made: readonly (readonly [string, Form['parts'], Files])[] = [
    ['parts.zip', [8, 4, 4], parts],
    [
      'backslashes.zip',
      [8, 4, 4],
      Object.fromEntries(Object.entries(parts).map(([path, content]) => [path.replaceAll('/', '\\'), content])),
    ],
    ['archives-in-one.zip', [8, 4, 4], nested],
    ['below-a-dot.zip', 12, await pictures(sorted({ '.data': 6 }))],
    [
      'with-mac-litter.zip',
      12,
      { ...(await pictures(sorted({ pets: 6 }))), '__MACOSX/pets/cat/._0.png': 'x', 'pets/.DS_Store': 'x' },
    ],
  ];
  return Promise.all(
    made.map(async ([file, wanted, files]) => ({
      form: { name: file, parts: wanted, classes: 2, files },
      file,
      bytes: await zip(files),
    })),
  );
}
