import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
  type SchemaTree,
} from 'hyparquet';
import { z } from 'zod';
import type { SkippedFile } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { Part } from '../../protocol/maps.js';
import { partOfName as partOfWord } from '../parts.js';
import { naturalOrder } from '../paths.js';
import { type Found, type ReadSet, type RawExample } from './types.js';

/** A row group is read whole; Hugging Face writes groups of 100 to 1000 rows. */
const LARGEST_GROUP = 512 * 2 ** 20;
/** A footer describes columns and row groups; the pictures are not in it. */
const LARGEST_FOOTER = 64 * 2 ** 20;
const MOST_CLASSES = 10_000;

const LABEL_NAMES = ['label', 'labels', 'fine_label', 'class', 'class_label', 'target', 'category'];

/** The label column's names, as the `datasets` library writes them into the file's metadata. */
const featuresSchema = z.object({ info: z.object({ features: z.record(z.string(), z.unknown()) }) });
const classLabelSchema = z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()) });

const pictureSchema = z.object({
  bytes: z.instanceof(Uint8Array).nullish(),
  path: z.union([z.string(), z.instanceof(Uint8Array)]).nullish(),
});

const labelSchema = z.union([z.number(), z.bigint().transform(Number), z.string()]).nullish();

/** The first four bytes of a parquet file. */
export async function isParquet(source: ByteSource): Promise<boolean> {
  if (source.size < 12) return false;
  return String.fromCharCode(...(await source.read(0, 4))) === 'PAR1';
}

const asBuffer = (source: ByteSource): AsyncBuffer => ({
  byteLength: source.size,
  slice: async (start, end = source.size) => {
    const from = start < 0 ? Math.max(0, source.size + start) : start;
    return (await source.read(from, Math.max(0, Math.min(end, source.size) - from))).buffer;
  },
});

interface Table {
  readonly file: ByteSource;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly image: string;
  readonly label: string;
  readonly names: readonly string[] | null;
  readonly part: Part | null;
}

const damaged = (file: ByteSource, why: string, cause?: unknown): PlaygroundError =>
  new PlaygroundError('file.damaged', `${file.name}: ${why}`, { subject: file.name, cause });

const unsupported = (file: ByteSource, why: string): PlaygroundError =>
  new PlaygroundError('file.unsupported', `${file.name}: ${why}`, { subject: file.name });

function partOfName(path: string): Part | null {
  const segments = path.split('/');
  const base = segments.pop() ?? '';
  for (const word of [base.split(/[-_.]/)[0] ?? '', ...segments.reverse()]) {
    const part = partOfWord(word);
    if (part !== null) return part;
  }
  return null;
}

/** The columns that the metadata declares as class labels, with their names. */
function declaredLabels(metadata: FileMetaData): Map<string, readonly string[]> {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  const labels = new Map<string, readonly string[]>();
  if (text === undefined) return labels;
  let features: Record<string, unknown>;
  try {
    features = featuresSchema.parse(JSON.parse(text)).info.features;
  } catch {
    return labels; // The metadata is a help, not a need.
  }
  for (const [column, feature] of Object.entries(features)) {
    const parsed = classLabelSchema.safeParse(feature);
    if (parsed.success) labels.set(column, parsed.data.names);
  }
  return labels;
}

const isImageColumn = (column: SchemaTree): boolean => {
  const inside = column.children.map((child) => child.element.name);
  return inside.includes('bytes') && inside.includes('path');
};

async function openTable(file: ByteSource): Promise<Table> {
  const buffer = asBuffer(file);
  const tail = await file.read(file.size - 8, 8);
  if (String.fromCharCode(...tail.subarray(4)) !== 'PAR1')
    throw damaged(file, 'does not end as a parquet file does: it is truncated');
  const footer = new DataView(tail.buffer).getUint32(0, true);
  if (footer + 12 > file.size || footer > LARGEST_FOOTER)
    throw damaged(file, `says that its footer has ${footer} bytes, and the file has ${file.size}`);
  let metadata: FileMetaData;
  let columns: readonly SchemaTree[];
  try {
    metadata = await parquetMetadataAsync(buffer);
    columns = parquetSchema(metadata).children;
  } catch (cause) {
    throw damaged(file, 'its parquet footer cannot be read', cause);
  }
  const image = columns.find(isImageColumn)?.element.name;
  const titles = columns.map((column) => column.element.name);
  if (image === undefined)
    throw unsupported(file, `has no image column (a struct of bytes and path); its columns are ${titles.join(', ')}`);
  const declared = declaredLabels(metadata);
  const label = LABEL_NAMES.find((name) => titles.includes(name)) ?? [...declared.keys()].find((name) => titles.includes(name));
  if (label === undefined) throw unsupported(file, `has no label column; its columns are ${titles.join(', ')}`);
  for (const group of metadata.row_groups) {
    for (const { meta_data: column } of group.columns) {
      const [top] = column?.path_in_schema ?? [];
      if (!column || (top !== image && top !== label)) continue;
      if (column.codec !== 'UNCOMPRESSED' && column.codec !== 'SNAPPY') {
        throw unsupported(
          file,
          `its column '${top}' is compressed with ${column.codec}; written with snappy or uncompressed it can be read`,
        );
      }
      if (column.total_uncompressed_size > LARGEST_GROUP) {
        throw unsupported(
          file,
          `has a row group of ${column.total_uncompressed_size} bytes, which is too much at once; write it with smaller row groups`,
        );
      }
    }
  }
  return { file, buffer, metadata, image, label, names: declared.get(label) ?? null, part: partOfName(file.name) };
}

async function readColumn(table: Table, column: string, from: number, to: number): Promise<unknown[]> {
  try {
    const rows = await parquetReadObjects({
      file: table.buffer,
      metadata: table.metadata,
      columns: [column],
      rowStart: from,
      rowEnd: to,
      utf8: false,
    });
    return rows.map((row): unknown => row[column]);
  } catch (cause) {
    throw damaged(table.file, `its column '${column}' cannot be read from row ${from} on`, cause);
  }
}

/** Reads a picture by row; the last two row groups stay in memory, so rows are best asked for in order. */
function pictureReader(table: Table): (row: number) => Promise<Uint8Array<ArrayBuffer>> {
  const starts = [0];
  for (const group of table.metadata.row_groups) starts.push((starts.at(-1) ?? 0) + Number(group.num_rows));
  const kept = new Map<number, Promise<unknown[]>>();
  return async (row) => {
    const group = starts.findIndex((start, i) => row >= start && row < (starts[i + 1] ?? 0));
    const start = starts[group] ?? 0;
    const known = kept.get(group);
    const rows = known ?? readColumn(table, table.image, start, starts[group + 1] ?? 0);
    kept.delete(group);
    kept.set(group, rows);
    const [oldest] = kept.keys();
    if (kept.size > 2 && oldest !== undefined) kept.delete(oldest);
    const name = `${table.file.name}#${row}`;
    const { bytes, path } = pictureSchema.catch({}).parse((await rows)[row - start]);
    if (bytes) return new Uint8Array(bytes);
    const where =
      path === undefined || path === null
        ? ''
        : `: its path is '${typeof path === 'string' ? path : new TextDecoder().decode(path)}'`;
    throw new PlaygroundError('data.image', `${name}: holds no bytes, the picture is an external file${where}`, {
      subject: name,
    });
  };
}

async function readLabels(table: Table): Promise<(number | string | null)[]> {
  const values = await readColumn(table, table.label, 0, Number(table.metadata.num_rows));
  return values.map((value, row) => {
    const parsed = labelSchema.safeParse(value instanceof Uint8Array ? new TextDecoder().decode(value) : value);
    if (parsed.success) return parsed.data ?? null;
    throw new PlaygroundError('data.label', `${table.file.name}: the label in row ${row} is neither a number nor a word`, {
      subject: table.file.name,
    });
  });
}

/**
 * Hugging Face parquet: an image column that is a struct {bytes, path}, found by those names, and a label column. The part is
 * read off the file's name (`train-00000-of-00001.parquet`), the classes off the metadata or, for words, off the rows.
 */
export async function readParquet({ others }: Found, name: string): Promise<ReadSet> {
  const tables: Table[] = [];
  for (const file of [...others].sort((a, b) => naturalOrder(a.name, b.name)))
    if (await isParquet(file)) tables.push(await openTable(file));
  const skipped: SkippedFile[] = [];
  const rows: {
    name: string;
    value: number | string;
    part: Part | null;
    table: Table;
    read: () => Promise<Uint8Array<ArrayBuffer>>;
  }[] = [];
  for (const table of tables) {
    const picture = pictureReader(table);
    const labels = await readLabels(table);
    // A null in the first row is a null in all of them: the pictures lie elsewhere.
    if (labels.length > 0) {
      await picture(0).catch((cause: unknown) => {
        if (!(cause instanceof PlaygroundError) || cause.code !== 'data.image') throw cause;
        throw new PlaygroundError('file.unsupported', cause.message, { subject: table.file.name, cause });
      });
    }
    let without = 0;
    labels.forEach((value, row) => {
      if (value === null || value === -1) without++;
      else rows.push({ name: `${table.file.name}#${row}`, value, part: table.part, table, read: () => picture(row) });
    });
    if (without > 0) skipped.push({ name: table.file.name, reason: `${without} of its rows have no label` });
  }
  const words = rows.some(({ value }) => typeof value === 'string');
  const names = tables.find((table) => table.names !== null)?.names;
  let classes: string[];
  if (words) classes = [...new Set(rows.map(({ value }) => String(value)))].sort(naturalOrder);
  else {
    const largest = rows.reduce((most, { value }) => Math.max(most, Number(value)), -1);
    const wrong = rows.find(({ value }) => {
      const label = Number(value);
      return !Number.isInteger(label) || label < 0 || label >= (names?.length ?? MOST_CLASSES);
    });
    if (wrong) {
      const most = (names?.length ?? MOST_CLASSES) - 1;
      throw new PlaygroundError('data.label', `${wrong.name}: the label ${wrong.value} is no whole number from 0 to ${most}`, {
        subject: name,
      });
    }
    classes = names ? [...names] : Array.from({ length: largest + 1 }, (_, label) => String(label));
  }
  const byWord = new Map(classes.map((title, label) => [title, label]));
  const examples = rows.map(({ name: title, value, part, read }): RawExample => ({
    name: title,
    label: words ? (byWord.get(String(value)) ?? 0) : Number(value),
    part,
    content: { kind: 'bytes', read },
  }));
  return { form: 'Hugging Face parquet', classes, examples, skipped, partsFrom: "the files' names" };
}
