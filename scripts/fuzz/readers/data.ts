/** Readers of data sets: archives, tables, lists, arrays. */
import { byteSourceFromBytes } from '../../../src/containers/sources.js';
import { openDataset } from '../../../src/data/open.js';
import type { ImageDecoder } from '../../../src/data/types.js';
import { cifarPickle, idxImages, idxLabels, npzOf } from './made.js';
import { formFixture, solidPngs } from '../../../src/testing/datasets.js';
import type { FuzzedReader } from './types.js';

/** A decoder without a real one behind it: the host decodes pictures, which is not tested here. */
const decoder: ImageDecoder = { decode: async () => ({ width: 1, height: 1, data: new Uint8Array(4) }) };
const MOST_PICTURES = 24;

type Files = Readonly<Record<string, Uint8Array>>;

/** Reads a data set to the end. Its one mutated file may be among intact others. */
function dataset(name: string, seed: Uint8Array, beside: Files = {}): FuzzedReader {
  return {
    name,
    seed,
    read: async (bytes) => {
      const sources = Object.entries({ ...beside, [name]: bytes }).map(([path, content]) => byteSourceFromBytes(path, content));
      const { dataset: opened } = await openDataset(sources, decoder, { name: 'given', splitSeed: 0 });
      for (let index = 0; index < Math.min(MOST_PICTURES, opened.length); index++) {
        opened.label(index);
        await opened.picture(index);
        await opened.encoded(index);
        await opened.digest(index);
      }
      return [];
    },
  };
}

async function form(name: string): Promise<FuzzedReader> {
  const [source] = formFixture(name);
  if (!source) throw new Error(`there is no fixture ${name}`);
  return dataset(name, await source.read(0, source.size));
}

const FORMS = [
  ...['ustar.tar', 'pax.tar', 'gnu.tar', 'long-pax.tar', 'long-gnu.tar', 'plain.tar.gz'],
  ...['stored.zip', 'deflated.zip', 'zip64.zip'],
  ...['bytes.parquet', 'words.parquet', 'lists.parquet', 'zstd.parquet', 'named.parquet'],
  ...['file.arrow', 'stream.arrow'],
];

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const PICTURES = ['images/1.png', 'images/2.png', 'images/3.png', 'images/4.png'];
const pictures = await solidPngs(PICTURES);
const rows = (line: (path: string, index: number) => string): string => PICTURES.map(line).join('\n');

/** Tables and lists beside intact pictures. */
const LISTS: readonly FuzzedReader[] = [
  dataset('labels.csv', text(`path,label,split\n${rows((path, i) => `${path},"a, ${i % 2}",train`)}\n`), pictures),
  dataset('labels.tsv', text(`filename\tclass\n${rows((path, i) => `${path}\t${i % 2}`)}\n`), pictures),
  dataset('one-hot.csv', text(`image,cat,dog\n${rows((path, i) => `${path},${i % 2},${1 - (i % 2)}`)}\n`), pictures),
  dataset('metadata.jsonl', text(rows((path, i) => JSON.stringify({ file_name: path, label: `class ${i % 2}` }))), pictures),
  dataset('train800.txt', text(`${rows((path, i) => `${path} ${i % 2}`)}\n`), {
    ...pictures,
    'val200.txt': text('images/3.png 0\n'),
    'test.txt': text('images/4.png 1\n'),
  }),
  dataset(
    'README.md',
    text(
      '---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n          "0": cat\n          "1": dog\n---\n',
    ),
    {
      ...pictures,
    },
  ),
];

const ARRAYS: readonly FuzzedReader[] = [
  dataset('medmnist.npz', await npzOf()),
  dataset('data_batch_1', cifarPickle()),
  dataset('train-images-idx3-ubyte', idxImages(), { 'train-labels-idx1-ubyte': idxLabels() }),
  dataset(
    'data_batch_1.bin',
    Uint8Array.from({ length: 3073 * 3 }, (_, i) => (i % 3073 === 0 ? i % 10 : i % 251)),
  ),
];

export const DATA: readonly FuzzedReader[] = [...(await Promise.all(FORMS.map(form))), ...LISTS, ...ARRAYS];
