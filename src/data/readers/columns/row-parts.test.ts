import { describe, expect, test } from 'vitest';
import { formFixture, sources } from '../../../testing/datasets.js';
import { givenOf } from '../../../testing/given.js';
import { labelColumn, rivalsOf } from './choose.js';
import { readParquetSets } from './reading.js';
import { rowParts } from './row-parts.js';
import { missingShards } from './shards.js';
import type { Column, ColumnFile } from './types.js';

/** A file with these columns in memory; `declared` are those that are class labels by declaration. */
function columnFile(values: Readonly<Record<string, readonly unknown[]>>, declared: readonly string[] = []): ColumnFile {
  const [file] = sources({ 'x.parquet': '' });
  const typeOf = (value: unknown): Column['type'] =>
    typeof value === 'string' ? 'text' : typeof value === 'boolean' ? 'boolean' : 'integer';
  return {
    file: file!,
    rows: Object.values(values)[0]?.length ?? 0,
    columns: [
      { name: 'image', type: 'picture' },
      ...Object.entries(values).map(([name, each]) => ({ name, type: typeOf(each[0]) })),
    ],
    features: new Map(declared.map((name) => [name, { kind: 'class', names: ['a', 'b', 'c'] }])),
    values: async (name) => [...(values[name] ?? [])],
    picture: async () => null,
    missing: async () => [],
  };
}

describe('parts by a column', () => {
  test.each<[string, readonly unknown[], readonly (string | null)[]]>([
    ['split', ['train', 'val', 'test'], ['train', 'validation', 'test']],
    ['is_train', [true, false, true], ['train', 'test', 'train']],
    ['partition', [0n, 1n, 2n], ['train', 'validation', 'test']],
  ])('%s', async (name, values, parts) => {
    expect(await rowParts(columnFile({ label: [0, 1, 0], [name]: values }), undefined)).toMatchObject({ column: name, parts });
    expect(await rowParts(columnFile({ [name]: values }), 'none')).toMatchObject({ column: null, parts: null });
  });

  test('numbers of folds are asked about, and are no labels', async () => {
    const file = columnFile({ fold: [0, 1, 2, 0], kind: ['a', 'b', 'a', 'b'] });
    const found = await rowParts(file, undefined);
    expect(found).toMatchObject({ column: 'fold', parts: null, questions: [{ option: 'partColumn' }] });
    expect(await labelColumn(file, 'image', undefined, found.column)).toMatchObject({ name: 'kind' });
  });

  test('a value of a column of parts that is none is an error', async () => {
    await expect(rowParts(columnFile({ split: ['T', 'V', 'T'] }), undefined)).rejects.toMatchObject({
      code: 'data.label',
      message: "x.parquet#0: 'T' in its column 'split' is no part; expected train, validation or test",
    });
  });
});

describe('several columns that might have the labels', () => {
  const rivals = async (file: ColumnFile): Promise<string[]> => {
    const label = await labelColumn(file, 'image');
    return label !== null && 'name' in label ? rivalsOf(file, 'image', label) : [];
  };

  test('declared labels that say something else are rivals', async () => {
    const values = { fine_label: [0, 1, 2, 0], coarse_label: [0, 1, 1, 0], same: [2, 0, 1, 2] };
    expect(await rivals(columnFile(values, Object.keys(values)))).toEqual(['coarse_label']);
  });

  test('a column called label has no rival in one that is not', async () => {
    expect(await rivals(columnFile({ label: [0, 1, 2, 0], gender: ['m', 'f', 'f', 'm'] }))).toEqual([]);
  });
});

describe('shards', () => {
  test('missing ones are named', () => {
    expect(missingShards(['data/train-00001-of-00003.parquet', 'data/test-00000-of-00001.parquet', 'x.parquet'])).toEqual([
      "2 of the 3 shards 'data/train-...' are missing (data/train-00000, ...), so that their pictures are not read",
    ]);
    expect(missingShards(['a-00000-of-00002-1f.parquet', 'a-00001-of-00002-2e.parquet'])).toEqual([]);
  });

  test('a reading says so', async () => {
    const [file] = formFixture('zstd.parquet');
    const [proposal] = await readParquetSets(givenOf([{ ...file!, name: 'train-00000-of-00002.parquet' }]), {});
    expect(proposal).toMatchObject({ notes: [expect.stringContaining('1 of the 2 shards')] });
  });
});
