/**
 * Reads Arrow files and streams, which `save_to_disk` and the cache of the `datasets` library write. First only the messages' headers are
 * read; then only the columns and pictures that are needed. https://arrow.apache.org/docs/format/Columnar.html
 */
import type { DataType, Field, Message, Schema } from 'apache-arrow';
import type { ByteSource } from '../../../containers/bytes.js';
import { isSoundHeader } from './arrow-header.js';
import { damaged, unsupported } from './errors.js';
import { featuresFromJson } from './features.js';
import type { Column, ColumnFile, ColumnType } from './types.js';

// eslint-disable-next-line @typescript-eslint/consistent-type-imports -- the module is loaded when a file needs it
type Arrow = typeof import('apache-arrow');

const LARGEST_HEADER = 64 * 2 ** 20;

interface Region {
  readonly offset: number;
  readonly length: number;
}

/** A batch of rows, with the places of its buffers in the file. */
interface Batch {
  readonly firstRow: number;
  readonly rows: number;
  readonly bodyOffset: number;
  readonly buffers: readonly Region[];
  readonly nullCounts: readonly number[];
}

/** Whether a file begins like an Arrow file (`ARROW1`) or an Arrow stream (a continuation mark and a header's length). */
export function looksLikeArrow(head: Uint8Array, path: string): boolean {
  if (String.fromCharCode(...head.subarray(0, 6)) === 'ARROW1') return true;
  return head.length >= 8 && head.subarray(0, 4).every((byte) => byte === 0xff) && /\.(arrow|arrows|feather|ipc)$/i.test(path);
}

/** The position of a field's node and buffers among those of a batch. */
interface Place {
  readonly field: Field<DataType>;
  readonly node: number;
  readonly buffer: number;
  readonly children: readonly Place[];
}

/** The number of buffers of a field without its children; null for a union, which is not supported. */
function bufferCount(arrow: Arrow, type: DataType): number | null {
  const { DataType: is } = arrow;
  if (is.isNull(type)) return 0;
  if (is.isStruct(type) || is.isFixedSizeList(type)) return 1;
  if (is.isUtf8(type) || is.isBinary(type) || is.isLargeUtf8(type) || is.isLargeBinary(type)) return 3;
  return is.isUnion(type) ? null : 2;
}

/** The fields inside a field. Those of a dictionary belong to its values, which are not among the batch's buffers. */
function childrenOf(arrow: Arrow, type: DataType): Field<DataType>[] {
  const children: unknown = arrow.DataType.isDictionary(type) ? [] : type.children;
  const isField = (child: unknown): child is Field<DataType> => child instanceof arrow.Field;
  return Array.isArray(children) ? children.filter(isField) : [];
}

function placesOf(arrow: Arrow, fields: readonly Field<DataType>[]): Place[] | null {
  let node = 0;
  let buffer = 0;
  const walk = (field: Field<DataType>): Place | null => {
    const count = bufferCount(arrow, field.type);
    if (count === null) return null;
    const at = { field, node: node++, buffer };
    buffer += count;
    const children: Place[] = [];
    for (const child of childrenOf(arrow, field.type)) {
      const place = walk(child);
      if (!place) return null;
      children.push(place);
    }
    return { ...at, children };
  };
  const places: Place[] = [];
  for (const field of fields) {
    const place = walk(field);
    if (!place) return null;
    places.push(place);
  }
  return places;
}

function typeOf(arrow: Arrow, type: DataType): ColumnType {
  const { DataType: is } = arrow;
  if (is.isDictionary(type)) return is.isUtf8(type.dictionary) || is.isLargeUtf8(type.dictionary) ? 'text' : 'other';
  if (is.isStruct(type)) return type.children.some(({ name }) => name === 'bytes') ? 'picture' : 'other';
  if (is.isUtf8(type) || is.isLargeUtf8(type)) return 'text';
  if (is.isBinary(type) || is.isLargeBinary(type)) return 'bytes';
  if (is.isInt(type)) return 'integer';
  if (is.isFloat(type)) return 'real';
  if (is.isBool(type)) return 'boolean';
  return is.isList(type) || is.isFixedSizeList(type) ? 'list' : 'other';
}

interface Walked {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
  /** The batches of each dictionary's values, by the dictionary's number. */
  readonly dictionaries: ReadonlyMap<number, readonly Batch[]>;
}

/** The needed part of a record batch's header. */
interface BatchHeader {
  readonly length: number;
  readonly nodes: readonly { readonly nullCount: number }[];
  readonly buffers: readonly Region[];
  readonly compression: unknown;
}

/** @param body the region of the file with the batch's buffers. */
function batchOf(file: ByteSource, header: BatchHeader, body: Region, firstRow: number): Batch {
  if (header.compression !== null) {
    throw unsupported(file, 'holds compressed Arrow batches, which are not read; write them without compression, or as parquet');
  }
  // A row takes at least one bit. A larger number of rows is an error, and nothing must be allocated for it.
  if (!Number.isSafeInteger(header.length) || header.length < 0 || header.length > 8 * body.length)
    throw damaged(file, `has a batch of ${header.length} rows in ${body.length} bytes`);
  return {
    firstRow,
    rows: header.length,
    bodyOffset: body.offset,
    buffers: header.buffers.map(({ offset, length }) => ({ offset, length })),
    nullCounts: header.nodes.map(({ nullCount }) => nullCount),
  };
}

/** Runs the library's decoder on the message at byte `at`. Whatever it throws, the file is damaged. */
function decoded<Part>(file: ByteSource, at: number, decode: () => Part): Part {
  try {
    return decode();
  } catch (cause) {
    throw damaged(file, `its Arrow message at byte ${at} cannot be read`, cause);
  }
}

/** The next message's header and the offset of its body; null at the end. */
async function messageAt(arrow: Arrow, file: ByteSource, at: number): Promise<{ message: Message; body: number } | null> {
  if (at + 8 > file.size) return null;
  const prefix = await file.read(at, 8);
  const view = new DataView(prefix.buffer, prefix.byteOffset, 8);
  // Before Arrow 0.15 there was no mark before the length.
  const marked = view.getUint32(0, true) === 0xffffffff;
  const length = view.getInt32(marked ? 4 : 0, true);
  const start = at + (marked ? 8 : 4);
  if (length === 0) return null;
  if (length < 0 || length > LARGEST_HEADER || start + length > file.size)
    throw damaged(file, `has no sound Arrow message at byte ${at}: it is truncated or damaged`);
  const header = await file.read(start, length);
  if (!isSoundHeader(header)) throw damaged(file, `its Arrow message at byte ${at} says more than it holds`);
  return { message: decoded(file, at, () => arrow.Message.decode(header)), body: start + length };
}

async function walk(arrow: Arrow, file: ByteSource): Promise<Walked> {
  let schema: Schema | null = null;
  const batches: Batch[] = [];
  const dictionaries = new Map<number, Batch[]>();
  const head = await file.read(0, Math.min(6, file.size));
  let at = String.fromCharCode(...head) === 'ARROW1' ? 8 : 0;
  let rows = 0;
  for (let next = await messageAt(arrow, file, at); next; next = await messageAt(arrow, file, at)) {
    const { message, body } = next;
    const { bodyLength: length } = message;
    if (!(length >= 0)) throw damaged(file, `has a batch of ${length} bytes`);
    const begin = at;
    at = body + length;
    if (at > file.size) throw damaged(file, 'ends within a batch of rows: it is truncated');
    if (message.isSchema()) schema = decoded(file, begin, () => message.header());
    else if (message.isRecordBatch()) {
      const header = decoded(file, begin, () => message.header());
      const batch = batchOf(file, header, { offset: body, length }, rows);
      batches.push(batch);
      rows += batch.rows;
    } else if (message.isDictionaryBatch()) {
      const { id, isDelta, data } = decoded(file, begin, () => message.header());
      const known = isDelta ? (dictionaries.get(id) ?? []) : [];
      dictionaries.set(id, [...known, batchOf(file, data, { offset: body, length }, 0)]);
    }
  }
  if (!schema) throw damaged(file, 'holds no Arrow schema: it is damaged');
  return { schema, batches, dictionaries };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Reads a batch's buffer by its number. */
async function readBuffer(file: ByteSource, batch: Batch, index: number): Promise<Uint8Array<ArrayBuffer>> {
  const { offset, length } = batch.buffers[index] ?? { offset: 0, length: 0 };
  return file.read(batch.bodyOffset + offset, length);
}

/** Returns whether a row of a field has a value. */
async function validity(file: ByteSource, batch: Batch, { node, buffer }: Place): Promise<(row: number) => boolean> {
  if ((batch.nullCounts[node] ?? 0) === 0) return () => true;
  const bits = await readBuffer(file, batch, buffer);
  return (row) => ((bits[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

/** Returns the offset of a row's bytes in the buffer of bytes. There are rows + 1 offsets of 4 bytes, or of 8 where `wide`. */
async function offsetsOf(file: ByteSource, batch: Batch, { buffer }: Place, wide: boolean): Promise<(row: number) => number> {
  const view = viewOf(await readBuffer(file, batch, buffer + 1));
  return (row) => (wide ? Number(view.getBigInt64(8 * row, true)) : view.getInt32(4 * row, true));
}

async function wordsOf(file: ByteSource, batch: Batch, place: Place, wide: boolean): Promise<(string | null)[]> {
  const there = await validity(file, batch, place);
  if (batch.rows === 0) return [];
  const offset = await offsetsOf(file, batch, place, wide);
  const bytes = await readBuffer(file, batch, place.buffer + 2);
  const decoder = new TextDecoder();
  return Array.from({ length: batch.rows }, (_, row) =>
    there(row) ? decoder.decode(bytes.subarray(offset(row), offset(row + 1))) : null,
  );
}

function integerReader(type: { readonly bitWidth: number; readonly isSigned: boolean }, view: DataView): (row: number) => number {
  const { bitWidth, isSigned } = type;
  if (bitWidth === 8) return (row) => (isSigned ? view.getInt8(row) : view.getUint8(row));
  if (bitWidth === 16) return (row) => (isSigned ? view.getInt16(2 * row, true) : view.getUint16(2 * row, true));
  if (bitWidth === 32) return (row) => (isSigned ? view.getInt32(4 * row, true) : view.getUint32(4 * row, true));
  return (row) => Number(isSigned ? view.getBigInt64(8 * row, true) : view.getBigUint64(8 * row, true));
}

/**
 * Opens an Arrow file or stream: its columns and what the `datasets` library declared of them. Rejects with `file.damaged` or
 * `file.unsupported`.
 */
export async function openArrow(file: ByteSource): Promise<ColumnFile> {
  const arrow = await import('apache-arrow');
  const walked = await walk(arrow, file);
  const places = placesOf(arrow, walked.schema.fields);
  if (!places) throw unsupported(file, 'has a column of a union type, which is not read');
  return new ArrowFile(arrow, file, walked, places);
}

/** A column may have no name, although the library's type says that it has one. */
const nameOf = ({ name }: { readonly name: string | null }): string => name ?? '';

class ArrowFile implements ColumnFile {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly features: ColumnFile['features'];
  /** The offsets of the pictures in the batch that was read last. */
  #offsets: { readonly batch: Batch; readonly column: string; readonly read: Promise<PictureOffsets> } | null = null;

  constructor(
    readonly arrow: Arrow,
    readonly file: ByteSource,
    readonly walked: Walked,
    readonly places: readonly Place[],
  ) {
    this.rows = walked.batches.reduce((rows, batch) => rows + batch.rows, 0);
    this.columns = places.map(({ field }) => ({ name: nameOf(field), type: typeOf(arrow, field.type) }));
    this.features = featuresFromJson(walked.schema.metadata.get('huggingface'));
  }

  #place(column: string): Place {
    const place = this.places.find(({ field }) => nameOf(field) === column);
    if (place) return place;
    throw new RangeError(`${this.file.name}: has no column '${column}'`);
  }

  async values(column: string): Promise<unknown[]> {
    const place = this.#place(column);
    const all: unknown[] = [];
    for (const batch of this.walked.batches) for (const value of await this.#batchValues(batch, place)) all.push(value);
    return all;
  }

  async #batchValues(batch: Batch, place: Place): Promise<unknown[]> {
    const { DataType: is } = this.arrow;
    const { type } = place.field;
    if (is.isUtf8(type) || is.isLargeUtf8(type) || is.isBinary(type) || is.isLargeBinary(type))
      return wordsOf(this.file, batch, place, is.isLargeUtf8(type) || is.isLargeBinary(type));
    const there = await validity(this.file, batch, place);
    const bytes = is.isNull(type) || is.isStruct(type) ? new Uint8Array(0) : await readBuffer(this.file, batch, place.buffer + 1);
    const view = viewOf(bytes);
    const rows = (read: (row: number) => unknown): unknown[] =>
      Array.from({ length: batch.rows }, (_, row) => (there(row) ? read(row) : null));
    if (is.isBool(type)) return rows((row) => ((bytes[row >> 3] ?? 0) & (1 << (row & 7))) !== 0);
    if (is.isInt(type)) return rows(integerReader(type, view));
    if (is.isFloat(type) && bytes.length >= 4 * batch.rows)
      return rows((row) => (bytes.length >= 8 * batch.rows ? view.getFloat64(8 * row, true) : view.getFloat32(4 * row, true)));
    if (is.isDictionary(type) && is.isInt(type.indices)) {
      const words = await this.#dictionary(type.id, is.isLargeUtf8(type.dictionary));
      const index = integerReader(type.indices, view);
      return rows((row) => words[index(row)] ?? null);
    }
    return rows(() => undefined);
  }

  async #dictionary(id: number, wide: boolean): Promise<(string | null)[]> {
    const words: (string | null)[] = [];
    const batches = this.walked.dictionaries.get(id) ?? [];
    // A dictionary's batch has one field.
    const place = { field: this.places[0]?.field, node: 0, buffer: 0, children: [] };
    for (const batch of batches) {
      if (place.field) words.push(...(await wordsOf(this.file, batch, { ...place, field: place.field }, wide)));
    }
    return words;
  }

  async #picturesOf(batch: Batch, column: string): Promise<PictureOffsets> {
    const { DataType: is } = this.arrow;
    const outer = this.#place(column);
    const inner = outer.children.find(({ field }) => field.name === 'bytes') ?? outer;
    const path = outer.children.find(({ field }) => field.name === 'path');
    const { type } = inner.field;
    const there = [await validity(this.file, batch, outer), await validity(this.file, batch, inner)];
    const wide = is.isLargeBinary(type) || is.isLargeUtf8(type);
    const named = path && (is.isUtf8(path.field.type) || is.isLargeUtf8(path.field.type));
    return {
      offset: batch.rows === 0 ? () => 0 : await offsetsOf(this.file, batch, inner, wide),
      there: (row) => there.every((each) => each(row)),
      data: batch.bodyOffset + (batch.buffers[inner.buffer + 2]?.offset ?? 0),
      paths: named ? () => wordsOf(this.file, batch, path, is.isLargeUtf8(path.field.type)) : async () => [],
    };
  }

  async picture(column: string, row: number): Promise<Uint8Array<ArrayBuffer> | { readonly path: string } | null> {
    const batch = this.walked.batches.find(({ firstRow, rows }) => row >= firstRow && row < firstRow + rows);
    if (!batch) throw new RangeError(`${this.file.name}: no row ${row} among ${this.rows}`);
    if (this.#offsets?.batch !== batch || this.#offsets.column !== column)
      this.#offsets = { batch, column, read: this.#picturesOf(batch, column) };
    const { offset, there, data, paths } = await this.#offsets.read;
    const at = row - batch.firstRow;
    const from = offset(at);
    if (there(at) && offset(at + 1) > from) return this.file.read(data + from, offset(at + 1) - from);
    const path = (await paths())[at];
    return typeof path === 'string' && path !== '' ? { path } : null;
  }

  async missing(column: string): Promise<readonly number[]> {
    const outer = this.#place(column);
    const inner = outer.children.find(({ field }) => field.name === 'bytes') ?? outer;
    const found: number[] = [];
    for (const batch of this.walked.batches) {
      if ([outer, inner].every(({ node }) => (batch.nullCounts[node] ?? 0) === 0)) continue;
      const { there } = await this.#picturesOf(batch, column);
      for (let row = 0; row < batch.rows; row++) if (!there(row)) found.push(batch.firstRow + row);
    }
    return found;
  }
}

interface PictureOffsets {
  readonly offset: (row: number) => number;
  readonly there: (row: number) => boolean;
  /** Of the first picture's first byte in the file. */
  readonly data: number;
  readonly paths: () => Promise<(string | null)[]>;
}
