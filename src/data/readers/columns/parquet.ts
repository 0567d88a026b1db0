import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type SchemaTree,
} from 'hyparquet';
import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { damaged, unsupported } from './errors.js';
import { featuresFromJson } from './features.js';
import type { Column, ColumnFile, ColumnType } from './types.js';

/** The largest column of a row group, which is read whole. Hugging Face writes groups of 100 to 1000 rows. */
const LARGEST_GROUP = 512 * 2 ** 20;
/** The largest footer, which describes columns and row groups. */
const LARGEST_FOOTER = 64 * 2 ** 20;
const KEPT_GROUPS = 2;

const pictureSchema = z.object({
  bytes: z.instanceof(Uint8Array).nullish(),
  path: z.union([z.string(), z.instanceof(Uint8Array)]).nullish(),
});

/** Whether a file begins like a parquet file. */
export const looksLikeParquet = (head: Uint8Array): boolean => String.fromCharCode(...head.subarray(0, 4)) === 'PAR1';

const asBuffer = (source: ByteSource): AsyncBuffer => ({
  byteLength: source.size,
  slice: async (start, end = source.size) => {
    const from = start < 0 ? Math.max(0, source.size + start) : start;
    return (await source.read(from, Math.max(0, Math.min(end, source.size) - from))).buffer;
  },
});

function typeOf({ element, children }: SchemaTree): ColumnType {
  const inside = children.map((child) => child.element.name);
  if (inside.includes('bytes') && element.repetition_type !== 'REPEATED') return 'picture';
  if (element.repetition_type === 'REPEATED' || element.converted_type === 'LIST' || element.logical_type?.type === 'LIST')
    return 'list';
  const logical = element.logical_type?.type;
  switch (element.type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'FLOAT':
    case 'DOUBLE':
      return 'real';
    case 'INT32':
    case 'INT64':
      return logical === undefined || logical === 'INTEGER' ? 'integer' : 'other';
    case 'BYTE_ARRAY': {
      const text = /^(UTF8|ENUM|JSON)$/.test(element.converted_type ?? '') || logical === 'STRING' || logical === 'ENUM';
      return text ? 'text' : 'bytes';
    }
    default:
      return 'other';
  }
}

/** The decompressors for codecs other than snappy, loaded only when a file needs them. */
async function compressorsFor(file: ByteSource, metadata: FileMetaData): Promise<Compressors | undefined> {
  const codecs = new Set(
    metadata.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data?.codec ?? 'UNCOMPRESSED')),
  );
  if ([...codecs].every((codec) => codec === 'UNCOMPRESSED' || codec === 'SNAPPY')) return undefined;
  const { compressors } = await import('hyparquet-compressors');
  const unknown = [...codecs].find((codec) => codec !== 'UNCOMPRESSED' && !Object.hasOwn(compressors, codec));
  if (unknown !== undefined)
    throw unsupported(file, `is compressed with ${unknown}; written with snappy, zstd, gzip or uncompressed it can be read`);
  return compressors;
}

async function readMetadata(file: ByteSource, buffer: AsyncBuffer): Promise<FileMetaData> {
  if (file.size < 12) throw damaged(file, 'does not end as a parquet file does: it is truncated');
  const tail = await file.read(file.size - 8, 8);
  const mark = String.fromCharCode(...tail.subarray(4));
  if (mark === 'PARE') throw unsupported(file, 'is encrypted');
  if (mark !== 'PAR1') throw damaged(file, 'does not end as a parquet file does: it is truncated');
  const footer = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (footer + 12 > file.size || footer > LARGEST_FOOTER)
    throw damaged(file, `says that its footer has ${footer} bytes, and the file has ${file.size}`);
  try {
    return await parquetMetadataAsync(buffer);
  } catch (cause) {
    throw damaged(file, 'its parquet footer cannot be read', cause);
  }
}

interface Opened {
  readonly file: ByteSource;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly compressors: Compressors | undefined;
  readonly text: ReadonlySet<string>;
}

/** The first row of each group, and the number of all rows. */
function groupStarts({ metadata }: Opened): number[] {
  const starts = [0];
  for (const group of metadata.row_groups) starts.push((starts.at(-1) ?? 0) + Number(group.num_rows));
  return starts;
}

function requireSmallGroups({ file, metadata }: Opened, column: string): void {
  for (const group of metadata.row_groups) {
    for (const { meta_data: chunk } of group.columns) {
      if (chunk?.path_in_schema[0] !== column || chunk.total_uncompressed_size <= LARGEST_GROUP) continue;
      const why = `has a row group of ${chunk.total_uncompressed_size} bytes, which is too much at once; write it with smaller row groups`;
      throw unsupported(file, why);
    }
  }
}

async function readColumn(opened: Opened, column: string, from: number, to: number): Promise<unknown[]> {
  const { file, buffer, metadata, compressors, text } = opened;
  requireSmallGroups(opened, column);
  try {
    const rows = await parquetReadObjects({
      file: buffer,
      metadata,
      columns: [column],
      rowStart: from,
      rowEnd: to,
      utf8: text.has(column),
      ...(compressors === undefined ? {} : { compressors }),
    });
    return rows.map((row): unknown => row[column]);
  } catch (cause) {
    if (cause instanceof PlaygroundError) throw cause;
    throw damaged(file, `its column '${column}' cannot be read from row ${from} on`, cause);
  }
}

/** Returns a reader of a column's rows. It reads whole row groups and keeps the last few in memory. */
function cachedRows(opened: Opened, column: string): (row: number) => Promise<unknown> {
  const starts = groupStarts(opened);
  const kept = new Map<number, Promise<unknown[]>>();
  return async (row) => {
    let group = 0;
    while (group + 2 < starts.length && row >= (starts[group + 1] ?? 0)) group++;
    const start = starts[group] ?? 0;
    const rows = kept.get(group) ?? readColumn(opened, column, start, starts[group + 1] ?? start);
    kept.delete(group);
    kept.set(group, rows);
    const [oldest] = kept.keys();
    if (kept.size > KEPT_GROUPS && oldest !== undefined) kept.delete(oldest);
    return (await rows)[row - start];
  };
}

type Value = Uint8Array<ArrayBuffer> | { readonly path: string } | null;

/** The value of a picture column: a struct of bytes and path, or bytes alone. */
function pictureOf(value: unknown): Value {
  if (value instanceof Uint8Array) return value.length === 0 ? null : new Uint8Array(value);
  const { bytes, path } = pictureSchema.catch({}).parse(value);
  if (bytes) return new Uint8Array(bytes);
  const text = typeof path === 'string' ? path : new TextDecoder().decode(path ?? new Uint8Array(0));
  return text === '' ? null : { path: text };
}

/**
 * The rows without bytes. A group is not read if its statistics count no nulls. If it has no statistics, its first row decides whether the
 * others are read.
 */
async function missingRows(opened: Opened, column: string, picture: (row: number) => Promise<Value>): Promise<number[]> {
  const starts = groupStarts(opened);
  const missing: number[] = [];
  for (const [index, group] of opened.metadata.row_groups.entries()) {
    const chunk = group.columns.find(({ meta_data: meta }) => {
      const [top, inner] = meta?.path_in_schema ?? [];
      return top === column && (inner === undefined || inner === 'bytes');
    });
    const nulls = chunk?.meta_data?.statistics?.null_count;
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? start;
    if (nulls !== undefined && Number(nulls) === 0) continue;
    const all = nulls !== undefined || (start < end && !((await picture(start)) instanceof Uint8Array));
    for (let row = start; all && row < end; row++) if (!((await picture(row)) instanceof Uint8Array)) missing.push(row);
  }
  return missing;
}

/** Opens a parquet file. Rejects with `file.damaged` or `file.unsupported`. */
export async function openParquet(file: ByteSource): Promise<ColumnFile> {
  const buffer = asBuffer(file);
  const metadata = await readMetadata(file, buffer);
  let columns: readonly Column[];
  try {
    columns = parquetSchema(metadata).children.map((tree) => ({ name: tree.element.name, type: typeOf(tree) }));
  } catch (cause) {
    throw damaged(file, 'its parquet footer cannot be read', cause);
  }
  const text = new Set(columns.filter(({ type }) => type === 'text').map(({ name }) => name));
  const opened: Opened = { file, buffer, metadata, compressors: await compressorsFor(file, metadata), text };
  const rows = Number(metadata.num_rows);
  const readers = new Map<string, (row: number) => Promise<unknown>>();
  const picture = async (column: string, row: number): Promise<Value> => {
    const read = readers.get(column) ?? cachedRows(opened, column);
    readers.set(column, read);
    return pictureOf(await read(row));
  };
  return {
    file,
    rows,
    columns,
    features: featuresFromJson(metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value),
    values: (column) => readColumn(opened, column, 0, rows),
    picture,
    missing: (column) => missingRows(opened, column, (row) => picture(column, row)),
  };
}
