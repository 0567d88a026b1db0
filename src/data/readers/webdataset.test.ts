import { expect, test } from 'vitest';
import { sources } from '../../testing/datasets.js';
import { givenOf } from '../../testing/given.js';
import type { Reading } from '../readings/types.js';
import { readWebDataset } from './webdataset.js';

async function read(files: Readonly<Record<string, string>>): Promise<Reading | null> {
  const [proposal, ...others] = await readWebDataset(givenOf(sources(files)));
  expect(others).toEqual([]);
  return proposal?.kind === 'reading' ? proposal : null;
}

const said = ({ classes, examples }: Reading): string[] =>
  examples.map(({ part, label, name }) => `${name} ${part} ${classes[label]}`);

/** Samples with these keys, each a picture with a label file of the given text. */
const samples = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([name, text]) => [
      [`${name.replace(/\.\w+$/, '')}.jpg`, 'x'],
      [name, text],
    ]),
  );

test('numbers in .cls; shards are parts by name and no classes', async () => {
  const reading = await read({
    ...samples({ 'set-train-0000/000.cls': '2', 'set-train-0001/000.cls': '0\n', 'set-val-0000/000.cls': '2' }),
    '_info.json': '{}',
  });
  expect(reading?.classes).toEqual(['0', '2']);
  expect(reading && said(reading)).toEqual([
    'set-train-0000/000.jpg train 2',
    'set-train-0001/000.jpg train 0',
    'set-val-0000/000.jpg validation 2',
  ]);
});

test('label files of several extensions', async () => {
  const two = { '0/a.input.jpg': 'x', '0/a.target.cls': '1', '0/b.input.jpg': 'x', '0/b.target.cls': '0' };
  const reading = await read(two);
  expect(reading && said(reading)).toEqual(['0/a.input.jpg null 1', '0/b.input.jpg null 0']);
  const texts = await read({ '0/a.jpg': 'x', '0/a.cls.txt': '1', '0/b.jpg': 'x', '0/b.cls.txt': '0' });
  expect(texts && said(texts)).toEqual(['0/a.jpg null 1', '0/b.jpg null 0']);
  const dotted = await read({ '0/a.jpg': 'x', '0/a.b.cls': '2', '0/a.cls': '1', '0/a.b.jpg': 'x' });
  expect(dotted && said(dotted)).toEqual(['0/a.jpg null 1', '0/a.b.jpg null 2']);
});

test('keys end at the first dot, and several files have the same key', async () => {
  const reading = await read({ '0/a.input.jpg': 'x', '0/a.cls': '1', '0/b.input.jpg': 'x', '0/b.cls': '0' });
  expect(reading && said(reading)).toEqual(['0/a.input.jpg null 1', '0/b.input.jpg null 0']);
});

test('masks of a sample are left out', async () => {
  const reading = await read({
    ...samples({ 'a.cls': '0', 'b.cls': '1' }),
    ...{ 'a.seg.png': 'x', 'b.seg.png': 'x', 'a.depth.png': 'x' },
  });
  expect(reading && said(reading)).toEqual(['a.jpg null 0', 'b.jpg null 1']);
  expect(reading?.leftOut.map(({ name }) => name)).toEqual(['a.seg.png', 'b.seg.png', 'a.depth.png']);
});

test('numbers take their names from the record, from folders in the keys, or from a list beside', async () => {
  const json = await read(
    samples({
      'a.json': '{"label": 1, "class_name": "cat"}',
      'b.json': '{"label": 0, "class_name": "dog"}',
      'c.json': '{"label": 1, "class_name": "cat"}',
      'd.json': '{"label": 0, "class_name": "dog"}',
    }),
  );
  expect(json?.classes).toEqual(['dog', 'cat']);
  const folders = await read(samples({ 'x/cat/0.cls': '1', 'x/dog/1.cls': '0', 'x/cat/2.cls': '1' }));
  expect(folders?.classes).toEqual(['dog', 'cat']);
  const listed = await read({ ...samples({ 'test/0.cls': '1', 'test/1.cls': '0' }), 'classnames.txt': 'hound\ntabby\nowl\n' });
  expect(listed?.classes).toEqual(['hound', 'tabby', 'owl']);
  expect(listed && said(listed)).toEqual(['test/0.jpg test tabby', 'test/1.jpg test hound']);
});

test('words that repeat are classes, but captions and boxes are not', async () => {
  expect((await read(samples({ 'a.txt': 'cat', 'b.txt': 'dog', 'c.txt': 'cat', 'd.txt': 'dog' })))?.classes).toEqual([
    'cat',
    'dog',
  ]);
  expect(await read(samples({ 'a.txt': 'a cat', 'b.txt': 'two dogs', 'c.txt': 'an owl', 'd.txt': 'a hat' }))).toBeNull();
  expect(await read(samples({ 'a.txt': '0 0.5 0.5 0.2 0.2', 'b.txt': '1 0.5 0.5 0.2 0.2' }))).toBeNull();
  expect(await read(samples({ 'a.json': '{"shapes": []}', 'b.json': '{"shapes": []}' }))).toBeNull();
});

test('a few texts beside many pictures are not labels', async () => {
  expect(
    await read({ 'a.jpg': 'x', 'b.jpg': 'x', 'c.jpg': 'x', 'd.jpg': 'x', 'e.jpg': 'x', 'a.cls': '0', 'b.cls': '1' }),
  ).toBeNull();
});
