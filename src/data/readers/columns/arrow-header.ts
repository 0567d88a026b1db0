/**
 * Checks that the lists in an Arrow message's header lie inside it. The library does not check their lengths, and would allocate whatever a
 * damaged header says. FlatBuffers: https://flatbuffers.dev/internals; the tables: Arrow's Message.fbs and Schema.fbs.
 */

/** The numbers of the fields that are followed, in the order in which the schema declares them. */
const MESSAGE = { headerType: 1, header: 2, metadata: 4 };
const SCHEMA = { fields: 1, metadata: 2 };
const FIELD = { children: 5, metadata: 6 };
const RECORD_BATCH = { nodes: 1, buffers: 2, variadicCounts: 4 };
const DICTIONARY_BATCH = { data: 1 };
const HEADER_TYPES = { schema: 1, dictionaryBatch: 2, recordBatch: 3 };
/** Bytes of a node, and of a buffer's offset and length: two numbers of eight bytes. */
const PAIR = 16;

class Header {
  readonly #view: DataView;
  /** The number of visited tables. It may not exceed the header's bytes, so that circular references end. */
  #tables = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The offset of a table's field; null where the table lacks it. Throws a RangeError beyond the header, as all methods here do. */
  #field(table: number, index: number): number | null {
    const fields = table - this.#view.getInt32(table, true);
    const at = 4 + 2 * index;
    if (at + 2 > this.#view.getUint16(fields, true)) return null;
    const offset = this.#view.getUint16(fields + at, true);
    return offset === 0 ? null : table + offset;
  }

  #follow(place: number): number {
    return place + this.#view.getUint32(place, true);
  }

  /** The offset of a list's first element and its length; null where there is no list. */
  #list(table: number, index: number, width: number): { first: number; length: number } | null {
    const place = this.#field(table, index);
    if (place === null) return null;
    const list = this.#follow(place);
    const length = this.#view.getUint32(list, true);
    if (list + 4 + length * width > this.#view.byteLength) throw new RangeError('a list is longer than its header');
    return { first: list + 4, length };
  }

  #metadata(table: number, index: number): void {
    this.#list(table, index, 4);
  }

  #fields(table: number, index: number): void {
    const list = this.#list(table, index, 4);
    for (let i = 0; i < (list?.length ?? 0); i++) {
      if (++this.#tables > this.#view.byteLength) throw new RangeError('fields lie in one another');
      const field = this.#follow((list?.first ?? 0) + 4 * i);
      this.#metadata(field, FIELD.metadata);
      this.#fields(field, FIELD.children);
    }
  }

  #recordBatch(table: number): void {
    this.#list(table, RECORD_BATCH.nodes, PAIR);
    this.#list(table, RECORD_BATCH.buffers, PAIR);
    this.#list(table, RECORD_BATCH.variadicCounts, 8);
  }

  check(): void {
    const message = this.#follow(0);
    this.#metadata(message, MESSAGE.metadata);
    const type = this.#field(message, MESSAGE.headerType);
    const place = this.#field(message, MESSAGE.header);
    if (type === null || place === null) return;
    const table = this.#follow(place);
    const kind = this.#view.getUint8(type);
    if (kind === HEADER_TYPES.schema) {
      this.#metadata(table, SCHEMA.metadata);
      this.#fields(table, SCHEMA.fields);
    } else if (kind === HEADER_TYPES.recordBatch) this.#recordBatch(table);
    else if (kind === HEADER_TYPES.dictionaryBatch) {
      const data = this.#field(table, DICTIONARY_BATCH.data);
      if (data !== null) this.#recordBatch(this.#follow(data));
    }
  }
}

/** Whether every list of a message's header lies inside the header. @param header without the length before it. */
export function isSoundHeader(header: Uint8Array): boolean {
  try {
    new Header(header).check();
    return true;
  } catch (thrown) {
    if (thrown instanceof RangeError) return false;
    throw thrown;
  }
}
