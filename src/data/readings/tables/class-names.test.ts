import { expect, test } from 'vitest';
import { sources } from '../../../testing/datasets.js';
import { classNames, nameListOf, type NamesFound } from './class-names.js';

const [file] = sources({ 'classes.txt': '' });

function named(path: string, text: string, titles: readonly string[] = ['0', '1', '2']): NamesFound | null {
  if (!file) return null;
  return classNames(new Set(titles), [nameListOf({ ...file, name: path }, text)]);
}

const TABBY = new Map([
  ['0', 'tabby cat'],
  ['1', 'dog'],
  ['2', 'barn owl'],
]);

test.each([
  ['one name on each line', 'classes.txt', 'tabby cat\ndog\nbarn owl\n'],
  ['below a header', 'classes.csv', 'class_name\r\ntabby cat\r\ndog\r\nbarn owl\r\n'],
  ['behind numbers', 'class_map.csv', 'index,name\n0,tabby cat\n1,dog\n2,barn owl\n'],
  ['before numbers', 'class_dict.csv', 'class_name,class_index\ntabby cat,0\ndog,1\nbarn owl,2\n'],
  ['before numbers, with spaces', 'classes.txt', 'tabby cat 0\ndog 1\nbarn owl 2\n'],
  ['a JSON list', 'class_names.json', '["tabby cat", "dog", "barn owl"]'],
  ['a JSON list in an object', 'class_names.json', '{"version": 1, "classes": ["tabby cat", "dog", "barn owl"]}'],
  ['numbers by name', 'class_to_idx.json', '{"tabby cat": 0, "dog": 1, "barn owl": 2}'],
  ['names by number', 'label_map.json', '{"0": "tabby cat", "1": "dog", "2": "barn owl"}'],
])('names for numbers: %s', (_, path, text) => {
  expect(named(path, text)).toMatchObject({ names: TABBY });
});

test('lines count from 1 only where the largest number is that of the last line', () => {
  expect(named('names.txt', 'cat\ndog\nowl\n', ['1', '2', '3'])).toMatchObject({
    names: new Map([
      ['1', 'cat'],
      ['2', 'dog'],
      ['3', 'owl'],
    ]),
  });
  expect(named('names.txt', 'cat\ndog\nowl\n', ['2', '3'])).toMatchObject({
    names: new Map([
      ['2', 'dog'],
      ['3', 'owl'],
    ]),
  });
  expect(named('names.txt', 'cat\ndog\nowl\n', ['1', '2'])).toMatchObject({
    unclear: expect.stringContaining('do not tell whether'),
  });
});

test('a list with too few names, with numbers or with a name twice names nothing', () => {
  expect(named('classes.txt', 'cat\ndog\n')).toBeNull();
  expect(named('classes.txt', '7\n8\n9\n')).toBeNull();
  expect(named('classes.txt', 'cat\ndog\ncat\n')).toBeNull();
  expect(named('notes.txt', 'cat\ndog\nowl\n')).toBeNull();
});
