import { describe, expect, test } from 'vitest';
import { formFixture, sources } from '../../../testing/datasets.js';
import { givenOf } from '../../../testing/given.js';
import type { Proposal, Reading, ReadingOptions } from '../../readings/types.js';
import type { ByteSource } from '../../types.js';
import { globPattern } from './card.js';
import { openArrow } from './arrow.js';
import { readArrowSets, readParquetSets } from './reading.js';
import { parquetTables } from './tables.js';
import { cardHead, parseYaml } from './yaml.js';

const fixture = (name: string, called = name): ByteSource => ({ ...formFixture(name)[0]!, name: called });

const proposals = (files: readonly ByteSource[], options: ReadingOptions = {}): Promise<readonly Proposal[]> =>
  readParquetSets(givenOf(files), options);

function onlyReading([proposal, ...others]: readonly Proposal[]): Reading {
  expect(others).toEqual([]);
  if (proposal?.kind !== 'reading') throw new Error(`no reading, but ${JSON.stringify(proposal)}`);
  return proposal;
}

/** Each picture's class by its colour: cats are red, dogs green. */
async function coloursOf({ classes, examples }: Reading): Promise<Set<string>> {
  const { sharpDecoder } = await import('../../../headless/machine/images.js');
  const seen = new Set<string>();
  for (const { label, content, name } of examples) {
    if (content.kind !== 'bytes') throw new Error(`${name}: is no picture file`);
    const { data } = await sharpDecoder.decode(await content.read(), name);
    seen.add(`${data[0] === 255 ? 'red' : 'green'} ${classes[label]}`);
  }
  return seen;
}

describe('Hugging Face parquet', () => {
  test.each([
    ['masks.parquet', ['False', 'True'], ['red False', 'green True'], "column 'is_dog'"],
    ['bytes.parquet', ['cat', 'dog'], ['red cat', 'green dog'], "column 'species'"],
    ['reversed.parquet', ['dog', 'cat'], ['red cat', 'green dog'], "column 'label'"],
    ['named.parquet', ['dog', 'cat'], ['red cat', 'green dog'], "column 'label'"],
    ['zstd.parquet', ['cat', 'dog'], ['red cat', 'green dog'], "column 'label'"],
    ['words.parquet', ['cat', 'dog'], ['red cat', 'green dog'], "column 'class'"],
  ])('%s', async (name, classes, colours, labelsFrom) => {
    const reading = onlyReading(await proposals([fixture(name)]));
    expect(reading.classes).toEqual(classes);
    expect(reading.examples).toHaveLength(8);
    expect(await coloursOf(reading)).toEqual(new Set(colours));
    expect(reading.labelsFrom).toBe(labelsFrom);
  });

  test('files that number the same names differently are joined by name', async () => {
    const files = [fixture('zstd.parquet', 'x-train-0.parquet'), fixture('reversed.parquet', 'data/x_test.parquet')];
    const reading = onlyReading(await proposals(files));
    expect(reading.classes).toEqual(['dog', 'cat']);
    expect(await coloursOf(reading)).toEqual(new Set(['red cat', 'green dog']));
    const parts = reading.examples.map(({ part }) => part);
    expect(parts.filter((part) => part === 'test')).toHaveLength(8);
    expect(parts.filter((part) => part === 'train')).toHaveLength(8);
  });

  test('a row without a picture is left out, by its number', async () => {
    const reading = onlyReading(await proposals([fixture('null-row.parquet')]));
    expect(reading.examples.map(({ name }) => name)).not.toContain('null-row.parquet#0');
    expect(reading.examples).toHaveLength(6);
    expect(reading.leftOut).toEqual([{ name: 'null-row.parquet', reason: '2 of its rows are without a picture: #0, #1' }]);
  });

  test('a label column can be asked for', async () => {
    const reading = onlyReading(await proposals([fixture('named.parquet')], { labelColumn: 'label_name' }));
    expect(reading.classes).toEqual(['cat', 'dog']);
  });

  test.each([
    ['lists.parquet', /labels' is a list: several labels a picture/],
    ['external.parquet', /8 of its rows are without bytes, as their pictures are external files \('0\.png'\)/],
    ['no-labels.parquet', /8 of its rows have no label/],
    ['no-image.parquet', /has no image column/],
  ])('%s is refused', async (name, why) => {
    const [refusal] = await proposals([fixture(name)]);
    if (refusal?.kind !== 'refusal') throw new Error('it is read');
    expect(refusal.error.message).toMatch(why);
  });

  const CARD = `---
configs:
- config_name: coarse
  data_files:
  - split: train
    path: coarse/tr*.parquet
- config_name: fine
  default: true
  data_files:
    train: "fine/a.parquet"
    validation:
    - fine/b-?.parquet
dataset_info:
- config_name: fine
  features:
  - name: label
    dtype:
      class_label:
        names:
          '0': hound
          '1': tabby
---
# Cats and dogs
`;

  test('the card gives the files, parts and names of each configuration, and another configuration can be chosen', async () => {
    const files = [
      fixture('zstd.parquet', 'coarse/tr.parquet'),
      fixture('named.parquet', 'fine/a.parquet'),
      fixture('named.parquet', 'fine/b-1.parquet'),
      ...sources({ 'README.md': CARD }),
    ];
    const fine = onlyReading(await proposals(files));
    expect(fine.classes).toEqual(['hound', 'tabby']);
    expect(fine.examples.filter(({ part }) => part === 'validation')).toHaveLength(8);
    expect(fine.questions[0]?.answers.map(({ value }) => value)).toEqual(['fine', 'coarse']);
    expect(fine.leftOut[0]).toMatchObject({ name: 'coarse/tr.parquet', reason: expect.stringContaining("'coarse'") });
    const coarse = onlyReading(await proposals(files, { task: 'coarse' }));
    expect(coarse.classes).toEqual(['cat', 'dog']);
    expect(coarse.questions).toEqual([]);
    expect(coarse.task).toBe('coarse');
  });

  test('folders with different classes, or with the same parts, are configurations', async () => {
    const files = ['a/train.parquet', 'a/test.parquet', 'b/train.parquet', 'b/test.parquet'];
    const asked = onlyReading(await proposals(files.map((name) => fixture('zstd.parquet', name))));
    expect(asked.examples).toHaveLength(16);
    expect(asked.questions).toHaveLength(1);
    const parts = ['default/partial-train/0000.parquet', 'default/partial-test/0000.parquet'];
    expect(onlyReading(await proposals(parts.map((name) => fixture('zstd.parquet', name)))).questions).toEqual([]);
  });
});

describe('Arrow', () => {
  const read = async (files: readonly ByteSource[]): Promise<Reading> => onlyReading(await readArrowSets(givenOf(files), {}));

  test('a stream, as save_to_disk writes it, by folders', async () => {
    const reading = await read(['train', 'test'].map((part) => fixture('stream.arrow', `${part}/data-00000-of-00001.arrow`)));
    expect(reading.classes).toEqual(['cat', 'dog']);
    expect(await coloursOf(reading)).toEqual(new Set(['red cat', 'green dog']));
    expect(reading.examples.filter(({ part }) => part === 'test')).toHaveLength(8);
  });

  test('a file with a dictionary, wide offsets and a row without a picture', async () => {
    const reading = await read([fixture('file.arrow')]);
    expect(reading.classes).toEqual(['cat', 'dog']);
    expect(reading.examples).toHaveLength(7);
    expect(await coloursOf(reading)).toEqual(new Set(['red cat', 'green dog']));
    expect(reading.leftOut).toEqual([{ name: 'file.arrow', reason: '1 of its rows is without a picture: #7' }]);
  });

  test('a truncated stream is refused', async () => {
    const whole = fixture('stream.arrow');
    const [cut] = sources({ 'cut.arrow': await whole.read(0, whole.size - 700) });
    const [refusal] = await readArrowSets(givenOf([cut!]), {});
    expect(refusal).toMatchObject({ kind: 'refusal', error: { code: 'file.damaged' } });
  });

  test('a column without a name is not taken for labels', async () => {
    const file = fixture('unnamed-column.arrow');
    expect((await openArrow(file)).columns.map(({ name }) => name)).toContain('');
    // No column is called label.
    expect(await readArrowSets(givenOf([file]), {})).toEqual([]);
  });

  test('a message that claims a schema but has none is damaged', async () => {
    await expect(openArrow(fixture('no-schema-inside.arrow'))).rejects.toMatchObject({ code: 'file.damaged' });
  });

  test('a header with lists longer than itself is refused before anything is allocated', async () => {
    const [refusal] = await readArrowSets(givenOf([fixture('longer-than-it-is.arrow')]), {});
    expect(refusal).toMatchObject({ kind: 'refusal', error: { code: 'file.damaged' } });
  });
});

test('parquet without pictures is read as a table', async () => {
  const [table, ...others] = await parquetTables(givenOf([fixture('table.parquet'), fixture('zstd.parquet')]));
  expect(others).toEqual([]);
  expect(table?.header).toEqual(['file_name', 'label']);
  expect(table?.rows[4]).toEqual({ cells: ['dog/0.png', 'dog'], line: 5 });
});

describe('the head of a card', () => {
  test('maps, lists, quotes, brackets and comments', () => {
    const text = `
a: 1 # one
'b c': "x: \\u00e9"
list:
- one
- key: value
  other: [p, "q, r"]
nested:
  deep:
    '0': cat
text: |
  passed
  over
flow: {path: data/*.parquet, split: train}
`;
    expect(parseYaml(text)).toEqual(
      new Map<string, unknown>([
        ['a', '1'],
        ['b c', 'x: é'],
        [
          'list',
          [
            'one',
            new Map<string, unknown>([
              ['key', 'value'],
              ['other', ['p', 'q, r']],
            ]),
          ],
        ],
        ['nested', new Map([['deep', new Map([['0', 'cat']])]])],
        [
          'flow',
          new Map([
            ['path', 'data/*.parquet'],
            ['split', 'train'],
          ]),
        ],
      ]),
    );
    expect(cardHead('---\r\na: b\r\n---\r\n# c')).toBe('a: b');
    expect(cardHead('# no head')).toBe('');
  });

  test.each([
    ['data/train-*', 'data/train-00000-of-00001.parquet', true],
    ['data/train-*', 'data/x/train-0', false],
    ['**/test.parquet', 'a/b/test.parquet', true],
    ['**/test.parquet', 'test.parquet', true],
    ['fine', 'fine/train/0.parquet', true],
    ['fine', 'fines/0.parquet', false],
    ['x-{a,b}[0-9].parquet', 'x-b7.parquet', true],
  ])('%s takes %s: %s', (glob, path, fits) => {
    expect(globPattern(glob).test(path)).toBe(fits);
  });
});
