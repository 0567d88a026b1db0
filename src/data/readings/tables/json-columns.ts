/** Tables from JSON that is no list of records: an object of columns, and a list of classes with the pictures of each. */
import { z } from 'zod';
import { isImageName } from '../../pictures/image-files.js';

const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const listSchema = z.array(scalarSchema);
const indexedSchema = z.record(z.string().regex(/^\d+$/), scalarSchema);
const recordSchema = z.record(z.string(), z.unknown());
const groupsSchema = z.array(recordSchema).min(2);

export interface JsonRows {
  readonly header: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** A column's values: a list, or an object by row numbers, as pandas writes it. */
function columnOf(value: unknown): readonly unknown[] | null {
  const list = listSchema.safeParse(value);
  if (list.success) return list.data;
  const indexed = indexedSchema.safeParse(value);
  return indexed.success ? Object.values(indexed.data) : null;
}

/**
 * An object of columns of one length, `{"filenames": [...], "labels": [...]}`. A shorter list of texts names the numbers of a column that
 * are all below its length (`"classes": [...]`).
 */
export function rowsOfColumns(value: unknown): JsonRows | null {
  const record = recordSchema.safeParse(value);
  const found = Object.entries(record.data ?? {}).flatMap(([name, inner]) => {
    const values = columnOf(inner);
    return values && values.length >= 2 ? [{ name, values }] : [];
  });
  const length = Math.max(0, ...found.map(({ values }) => values.length));
  const columns = found.filter(({ values }) => values.length === length);
  if (columns.length < 2) return null;
  const listsPictures = columns.filter(({ values }) => values.every((each) => typeof each === 'string' && isImageName(each)));
  if (listsPictures.length >= 2) return null;
  const [names, others] = found.filter(
    ({ values }) => values.length < length && values.every((each) => typeof each === 'string'),
  );
  const named = names && !others ? names.values : null;
  const said = columns.map(({ values }) => {
    const numbers = values.every((each) => typeof each === 'number' && Number.isInteger(each) && each >= 0);
    const able = named !== null && numbers && Math.max(...values.map(Number)) < named.length;
    return able ? values.map((each) => named[Number(each)]) : values;
  });
  return {
    header: columns.map(({ name }) => name),
    rows: Array.from({ length }, (_, row) => said.map((values) => values[row])),
  };
}

/** Records with a list of texts each, `[{"class": "cat", "images": ["a.jpg", ...]}]`: a row for each text. */
export function rowsOfGroups(value: unknown): JsonRows | null {
  const groups = groupsSchema.safeParse(value);
  if (!groups.success) return null;
  const [first = {}] = groups.data;
  const texts = z.array(z.string());
  const lists = Object.entries(first).flatMap(([name, inner]) => (texts.safeParse(inner).success ? [name] : []));
  const [list, second] = lists;
  if (list === undefined || second !== undefined) return null;
  const header = Object.keys(first);
  const rows = groups.data.flatMap((group) =>
    (texts.safeParse(group[list]).data ?? []).map((text) => header.map((name) => (name === list ? text : group[name]))),
  );
  return rows.length > groups.data.length ? { header, rows } : null;
}
