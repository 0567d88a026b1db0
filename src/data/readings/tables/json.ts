/** Tables from JSON: records, lists of pairs, maps, lists for each class or part, and the exports of annotation tools. */
import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { isImageName } from '../../pictures/image-files.js';
import { isPurePart } from '../loose/folder-names.js';
import { namesThings } from '../detection.js';
import { rowsOfColumns, rowsOfGroups } from './json-columns.js';
import { namesBeside, rowsOfEdgeBoxes, rowsOfVott } from './json-tools.js';
import { nameOfLabels } from './columns.js';
import type { Table } from '../types.js';

/** A value deeper than this stays text. */
const DEEPEST = 10;

const recordSchema = z.record(z.string(), z.unknown());
const recordsSchema = z.array(recordSchema).min(1);
const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const tuplesSchema = z.array(z.array(scalarSchema).min(2)).min(1);
const namesSchema = z.array(z.string());

const plain = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : JSON.stringify(value);

/**
 * A record's values by their path: `{a: {b: [1]}}` becomes `a.b` with 1. A list of one value counts as the value; a longer one stays JSON,
 * and an empty one counts as missing.
 */
export function flattened(value: unknown, path = '', depth = 0): [string, string][] {
  if (Array.isArray(value) && value.length <= 1) return value.length === 0 ? [] : flattened(value[0], path, depth);
  const record = depth < DEEPEST && !Array.isArray(value) ? recordSchema.safeParse(value) : null;
  if (!record?.success) return [[path, plain(value)]];
  return Object.entries(record.data).flatMap(([name, inner]) =>
    flattened(inner, path === '' ? name : `${path}.${name}`, depth + 1),
  );
}

/** A table with a row for each record and a column for each path that occurs. Null where a value is no record. */
export function tableOfRecords(
  file: ByteSource,
  records: readonly { readonly value: unknown; readonly line: number }[],
): Table | null {
  const header = new Set<string>();
  const parsed: { cells: ReadonlyMap<string, string>; line: number }[] = [];
  for (const { value, line } of records) {
    if (!recordSchema.safeParse(value).success) return null;
    const cells = new Map(flattened(value));
    for (const name of cells.keys()) header.add(name);
    parsed.push({ cells, line });
  }
  if (parsed.length === 0) return null;
  const names = [...header];
  return {
    file,
    header: names,
    rows: parsed.map(({ cells, line }) => ({ cells: names.map((name) => cells.get(name) ?? ''), line })),
  };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A table of JSON lines, a record in each. */
export function tableOfLines(file: ByteSource, text: string): Table | null {
  const records: { value: unknown; line: number }[] = [];
  const lines = text.split(/\r?\n/);
  for (let i = 0; i < lines.length; i++) {
    if ((lines[i] ?? '').trim() === '') continue;
    const value = parseJson(lines[i] ?? '');
    if (value === undefined) return null;
    records.push({ value, line: i + 1 });
  }
  return tableOfRecords(file, records);
}

const rowsOf = (file: ByteSource, header: readonly string[] | null, cells: readonly (readonly string[])[]): Table | null =>
  cells.length === 0 ? null : { file, header, rows: cells.map((each, i) => ({ cells: each, line: i + 1 })) };

const idSchema = z.union([z.string(), z.number()]);
const cocoSchema = z.object({
  images: recordsSchema,
  annotations: recordsSchema.optional(),
  categories: z.array(recordSchema),
});

/** The first of these entries of a record that is a text or a number. */
function entryOf(record: Readonly<Record<string, unknown>>, names: readonly string[]): string | number | undefined {
  for (const name of names) {
    const value = idSchema.safeParse(record[name]);
    if (value.success) return value.data;
  }
  return undefined;
}

const CATEGORY_IDS = ['category_id', 'label_id', 'class_id'] as const;
const CATEGORY_NAMES = ['name', 'scientificName', 'scientific_name', 'category', 'label', 'title'] as const;

/**
 * COCO's form with a category for each picture and no boxes, as iNaturalist, iWildCam and Herbarium have it; the category may also stand
 * with the picture, where there are no annotations.
 */
function tableOfCoco(file: ByteSource, value: unknown): Table | null {
  const coco = cocoSchema.safeParse(value);
  if (!coco.success || namesThings(file.name)) return null;
  const full = (each: unknown): boolean => (Array.isArray(each) ? each.length > 0 : each !== null && each !== undefined);
  const { images, annotations = images, categories } = coco.data;
  if (annotations.some(({ bbox, segmentation, keypoints }) => full(bbox) || full(segmentation) || full(keypoints))) return null;
  const names = new Map(categories.map((each) => [entryOf(each, ['id', ...CATEGORY_IDS]), entryOf(each, CATEGORY_NAMES)]));
  const paths = new Map(images.map((each) => [entryOf(each, ['id', 'image_id']), entryOf(each, ['file_name', 'path'])]));
  if ([...paths.values()].some((path) => typeof path !== 'string')) return null;
  const cells = annotations.flatMap((each) => {
    const path = annotations === images ? entryOf(each, ['file_name', 'path']) : paths.get(entryOf(each, ['image_id']));
    const category = entryOf(each, CATEGORY_IDS);
    return path === undefined || category === undefined
      ? []
      : [[String(path), String(names.get(category) ?? category), String(category)]];
  });
  // Not called label, so that the names of class folders beside it count before the categories' names.
  const table = rowsOf(file, ['file_name', 'name', 'category_id'], cells);
  return table && { ...table, labelColumn: 'name' };
}

const datumaroSchema = z.object({
  categories: z.object({ label: z.object({ labels: z.array(z.object({ name: z.string() })) }) }),
  items: z.array(
    z.object({
      id: z.string(),
      annotations: z.array(z.object({ type: z.string(), label_id: z.number().nullish() })),
      image: z.object({ path: z.string() }).optional(),
    }),
  ),
});

/** Datumaro's form, which CVAT exports; null where it has other annotations than labels. */
function tableOfDatumaro(file: ByteSource, value: unknown): Table | null {
  const parsed = datumaroSchema.safeParse(value);
  if (!parsed.success) return null;
  const { items, categories } = parsed.data;
  if (items.some(({ annotations }) => annotations.some(({ type }) => type !== 'label'))) return null;
  const cells = items.flatMap(({ id, annotations, image }) =>
    annotations.map(({ label_id: label }) => [
      image?.path ?? id,
      categories.label.labels[label ?? -1]?.name ?? '',
      String(label ?? ''),
    ]),
  );
  return rowsOf(file, ['file_name', 'label', 'label_id'], cells);
}

const labelsSchema = z.object({
  classes: z.array(z.string()).optional(),
  labels: z.union([
    z.record(
      z.string(),
      z.union([
        z.string(),
        z.number(),
        z.null(),
        z.object({ label: z.union([z.string(), z.number()]) }).transform(({ label }) => label),
      ]),
    ),
    tuplesSchema,
  ]),
});
const mapSchema = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

/** Values by name: `{"a.jpg": "cat"}`, `{"classes": [...], "labels": {"a": 0}}`, or StyleGAN's `{"labels": [["a.png", 0]]}`. */
function tableOfMap(file: ByteSource, value: unknown): Table | null {
  const parsed = labelsSchema.safeParse(value);
  const bare = mapSchema.safeParse(value);
  if (!parsed.success && !bare.success) return null;
  const { classes, labels } = parsed.success ? parsed.data : { classes: undefined, labels: bare.data ?? {} };
  const title = (label: unknown): string => (typeof label === 'number' ? (classes?.[label] ?? String(label)) : plain(label));
  const entries = Array.isArray(labels) ? labels.map(([name, label]) => [plain(name), label] as const) : Object.entries(labels);
  return rowsOf(
    file,
    ['name', 'label'],
    entries.map(([name, label]) => [name, title(label)]),
  );
}

/** Records, or lists of cells, of one kind. */
function tableOfList(file: ByteSource, value: unknown): Table | null {
  const records = recordsSchema.safeParse(value);
  if (records.success)
    return tableOfRecords(
      file,
      records.data.map((record, i) => ({ value: record, line: i + 1 })),
    );
  const tuples = tuplesSchema.safeParse(value);
  if (!tuples.success) return null;
  const width = Math.max(...tuples.data.map((tuple) => tuple.length));
  return rowsOf(
    file,
    null,
    tuples.data.map((tuple) => Array.from({ length: width }, (_, i) => plain(tuple[i]))),
  );
}

/** A list of pictures' names. */
function tableOfNames(file: ByteSource, value: unknown): Table | null {
  const names = namesSchema.safeParse(value);
  return names.success
    ? rowsOf(
        file,
        ['file_name'],
        names.data.map((name) => [name]),
      )
    : null;
}

/** An object with a table for each part, joined with a column of the parts. */
function tableOfParts(file: ByteSource, entries: readonly (readonly [string, unknown])[]): Table | null {
  if (entries.length < 2 || !entries.every(([name]) => isPurePart(name) && !isImageName(name))) return null;
  const tables = entries.map(([part, inner]) => ({
    part,
    table: tableOfNames(file, inner) ?? tableOfList(file, inner) ?? tableOfMap(file, inner),
  }));
  const [first] = tables;
  const header = first?.table?.header ?? null;
  if (tables.some(({ table }) => table && table.header?.join() !== header?.join())) return null;
  const rows = tables.flatMap(({ part, table }) => (table?.rows ?? []).map(({ cells }) => [...cells, part]));
  const width = rows[0]?.length ?? 0;
  if (rows.some((cells) => cells.length !== width)) return null;
  return rowsOf(
    file,
    header ? [...header, 'split'] : Array.from({ length: width }, (_, i) => (i === width - 1 ? 'split' : String(i + 1))),
    rows,
  );
}

/** An object whose values are lists of pictures for each class, or records for each picture. */
function tableOfKeys(file: ByteSource, entries: readonly (readonly [string, unknown])[]): Table | null {
  if (entries.length < 2) return null;
  const lists = entries.map(([title, inner]) => [title, namesSchema.safeParse(inner).data] as const);
  if (lists.every(([, names]) => names !== undefined))
    return rowsOf(
      file,
      ['file_name', 'label'],
      lists.flatMap(([title, names]) => (names ?? []).map((name) => [name, title])),
    );
  if (!entries.every(([, inner]) => recordSchema.safeParse(inner).success)) return null;
  return tableOfRecords(
    file,
    entries.map(([name, inner], i) => ({ value: { name, ...recordSchema.parse(inner) }, line: i + 1 })),
  );
}

/** Adds the names of a column of class numbers, where the JSON gives them in a list beside its records. */
function withNames(table: Table, value: unknown): Table {
  const names = namesBeside(value);
  const at = table.header?.findIndex((name) => nameOfLabels(name) >= 3) ?? -1;
  if (!names || !table.header || at < 0) return table;
  const able = table.rows.every(({ cells }) => /^\d+$/.test(cells[at] ?? '') && Number(cells[at]) < names.length);
  if (!able) return table;
  const rows = table.rows.map(({ cells, line }) => ({ cells: [...cells, names[Number(cells[at])] ?? ''], line }));
  return { ...table, header: [...table.header, `${table.header[at] ?? ''}_name`], rows };
}

/** The ways to read JSON as a table; the caller takes the first whose cells name pictures. */
export function tablesOfJson(file: ByteSource, text: string): Table[] {
  const value = parseJson(text);
  const record = Array.isArray(value) ? null : recordSchema.safeParse(value);
  const entries = record?.success ? Object.entries(record.data) : [];
  const tool = rowsOfVott(value) ?? rowsOfEdgeBoxes(value);
  const special =
    (tool && rowsOf(file, tool.header, tool.rows)) ??
    tableOfCoco(file, value) ??
    tableOfDatumaro(file, value) ??
    tableOfMap(file, value) ??
    tableOfParts(file, entries);
  if (special) return [special];
  const rows = [rowsOfColumns(value), rowsOfGroups(value)].flatMap((each) =>
    each
      ? rowsOf(
          file,
          each.header,
          each.rows.map((cells) => cells.map(plain)),
        )
      : [],
  );
  const held = entries.filter(([, inner]) => Array.isArray(inner)).map(([, inner]) => tableOfList(file, inner));
  return [...rows, tableOfList(file, value), tableOfKeys(file, entries), ...held]
    .filter((table) => table !== null)
    .map((table) => withNames(table, value));
}
