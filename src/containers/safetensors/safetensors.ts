/**
 * safetensors, read strictly. Layout: u64 little-endian header length, that many bytes of JSON
 * `{"name": {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__": {...}}`, then the data. Offsets count from the
 * data's first byte. https://github.com/huggingface/safetensors#format
 */
import { z } from 'zod';
import type { ByteSource } from '../bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { elementCount, isElementType, shapeText, TYPE_BYTES, toFloat32, toTyped } from '../numbers.js';
import type { ElementType, TypedData } from '../numbers.js';
import { parseJsonStrictly } from './strict-json.js';
import { requireTensor, rowsOf } from '../tensor-store.js';
import type { StoredTensor, TensorStore } from '../tensor-store.js';
import type { NamedTensor } from '../tensors.js';

export { byteSourceFromBlob, byteSourceFromBytes } from '../sources.js';

/** The format's own limit on the header's length, so that a false length cannot make a reader allocate without bound. */
export const MAX_HEADER_BYTES = 100_000_000;

export interface SafetensorsTensor extends StoredTensor {
  /** From the file's first byte. */
  readonly offset: number;
  readonly byteLength: number;
}

export interface TypedTensor {
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly data: TypedData;
}

export interface SafetensorsFile extends TensorStore {
  readonly container: 'safetensors';
  /** In the file's order. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  /** The elements as they are stored, for integers (labels, indices) as well as floats. */
  readTyped(name: string): Promise<TypedTensor>;
}

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()).max(32),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]),
});
const metadataSchema = z.record(z.string(), z.string());
const headerSchema = z.looseObject({});

function damaged(source: ByteSource, why: string): PlaygroundError {
  return new PlaygroundError('file.damaged', `${source.name}: ${why}`, { subject: source.name });
}

/** Whether a byte may occur in JSON text, which the highest byte of a header's length never does. */
const isTextByte = (byte: number): boolean => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Whether the file begins as safetensors does: 8 bytes that are no text, then `{`. Reads 9 bytes. */
export async function looksLikeSafetensors(source: ByteSource): Promise<boolean> {
  if (source.size < 9) return false;
  const start = await source.read(0, 9);
  return start[8] === 0x7b && !isTextByte(start[7] ?? 0);
}

async function readHeader(source: ByteSource): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  if (source.size < 8) {
    throw damaged(source, `is ${source.size} bytes long, and a safetensors file begins with an 8-byte header length`);
  }
  const prefix = await source.read(0, 8);
  const declared = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw damaged(source, `declares a header of ${declared} bytes, and at most ${MAX_HEADER_BYTES} are allowed`);
  }
  const length = Number(declared);
  if (8 + length > source.size) {
    throw damaged(
      source,
      `declares a header of ${length} bytes, but only ${source.size - 8} follow: the file is truncated, so copy or download it again`,
    );
  }
  const bytes = await source.read(8, length);
  if (bytes[0] !== 0x7b) throw damaged(source, `its header does not begin with '{'`);
  const parsed = headerSchema.safeParse(parseJsonStrictly(bytes, `${source.name}: its header`, source.name));
  if (!parsed.success) throw damaged(source, 'its header is no JSON object');
  return { header: parsed.data, dataStart: 8 + length };
}

function readEntry(source: ByteSource, name: string, value: unknown, dataStart: number): SafetensorsTensor {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success)
    throw damaged(source, `tensor '${name}' is described by something else than dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets } = parsed.data;
  if (!isElementType(dtype)) {
    throw new PlaygroundError('file.unsupported', `${source.name}: tensor '${name}' has type '${dtype}', which is not known`, {
      subject: name,
    });
  }
  const [begin, end] = data_offsets;
  const count = elementCount(shape);
  if (count === undefined) throw damaged(source, `tensor '${name}' has the shape ${shapeText(shape)}, which is too large`);
  if (end < begin || end - begin !== count * TYPE_BYTES[dtype]) {
    throw damaged(
      source,
      `tensor '${name}' has offsets ${begin} to ${end}, but ${dtype} ${shapeText(shape)} takes ${count * TYPE_BYTES[dtype]} bytes`,
    );
  }
  return { shape, type: dtype, offset: dataStart + begin, byteLength: end - begin };
}

/** The tensors must lie end to end from the data's start to the file's end. */
function requireContiguous(source: ByteSource, tensors: ReadonlyMap<string, SafetensorsTensor>, dataStart: number): void {
  let expected = dataStart;
  for (const [name, tensor] of tensors) {
    if (tensor.offset !== expected) {
      const what = tensor.offset < expected ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw damaged(
        source,
        `tensor '${name}' begins at offset ${tensor.offset - dataStart} and ${what} (expected ${expected - dataStart})`,
      );
    }
    expected += tensor.byteLength;
  }
  if (expected !== source.size) {
    const why = source.size < expected ? 'the file is truncated, so copy or download it again' : 'bytes are left over';
    throw damaged(source, `is ${source.size} bytes long, but its header describes ${expected}: ${why}`);
  }
}

/**
 * Opens one safetensors file: reads and checks the header, and no data. Rejects with `file.damaged` (lying lengths, holes,
 * overlaps, duplicate keys, truncation) or `file.unsupported` (a type that is not known).
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsFile> {
  const { header, dataStart } = await readHeader(source);
  const entries: [string, SafetensorsTensor][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      const parsed = metadataSchema.safeParse(value);
      if (!parsed.success) throw damaged(source, 'its __metadata__ is not an object of strings');
      metadata = parsed.data;
    } else {
      entries.push([name, readEntry(source, name, value, dataStart)]);
    }
  }
  entries.sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  const tensors = new Map(entries);
  requireContiguous(source, tensors, dataStart);

  return {
    name: source.name,
    container: 'safetensors',
    metadata,
    tensors,
    async read(name, rows) {
      const tensor = requireTensor(tensors, name, source.name);
      const { shape, skip, count } = rowsOf(tensor.shape, rows);
      const width = TYPE_BYTES[tensor.type];
      const bytes = await source.read(tensor.offset + skip * width, count * width);
      return { shape, data: toFloat32(bytes, tensor.type, `${source.name}: tensor '${name}'`) };
    },
    async readTyped(name) {
      const tensor = requireTensor(tensors, name, source.name);
      const bytes = await source.read(tensor.offset, tensor.byteLength);
      return { shape: tensor.shape, type: tensor.type, data: toTyped(bytes, tensor.type) };
    },
  };
}

/** Compares by code unit, so that the bytes of a file do not depend on the machine's locale. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Where each tensor goes in a file that is to be written. */
export interface SafetensorsLayout {
  /** The length and the header: the file's first bytes. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** In the file's order. */
  readonly tensors: readonly { readonly name: string; readonly offset: number }[];
  /** Of the whole file, in bytes. */
  readonly size: number;
}

/**
 * Lays out a file of tensors of one type. The header is padded with spaces to 8 bytes, tensors are sorted by name (the format sorts by type
 * width first, and here all widths are equal), and metadata by key, so that the same input gives the same bytes.
 */
export function layOutSafetensors(
  shapes: Iterable<readonly [string, readonly number[]]>,
  metadata: Readonly<Record<string, string>>,
  type: 'F32' | 'F16' = 'F32',
): SafetensorsLayout {
  const entries: [string, unknown][] = [];
  const metadataEntries = Object.entries(metadata).sort(([a], [b]) => byCodeUnit(a, b));
  if (metadataEntries.length > 0) entries.push(['__metadata__', Object.fromEntries(metadataEntries)]);
  const tensors: { name: string; offset: number }[] = [];
  let offset = 0;
  for (const [name, shape] of [...shapes].sort(([a], [b]) => byCodeUnit(a, b))) {
    const byteLength = (elementCount(shape) ?? 0) * TYPE_BYTES[type];
    entries.push([name, { dtype: type, shape, data_offsets: [offset, offset + byteLength] }]);
    tensors.push({ name, offset });
    offset += byteLength;
  }
  // Joined by hand: an object would move names like "0" to the front.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const unpadded = new TextEncoder().encode(json);
  const head = new Uint8Array(8 + Math.ceil(unpadded.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(unpadded, 8);
  return {
    head,
    tensors: tensors.map((tensor) => ({ name: tensor.name, offset: head.length + tensor.offset })),
    size: head.length + offset,
  };
}

/** A safetensors file of float32 tensors. Put `format: 'pt'` into the metadata for files that PyTorch's loaders shall take. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  for (const [name, { shape, data }] of tensors) {
    if (elementCount(shape) === data.length) continue;
    throw new PlaygroundError(
      'weights.wrong-shape',
      `writeSafetensors: tensor '${name}' has shape ${shapeText(shape)} but ${data.length} elements`,
      { subject: name },
    );
  }
  const layout = layOutSafetensors(
    [...tensors].map(([name, { shape }]) => [name, shape] as const),
    metadata,
  );
  const file = new Uint8Array(layout.size);
  file.set(layout.head);
  for (const { name, offset } of layout.tensors) {
    const { data } = requireTensor(tensors, name, 'writeSafetensors');
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  }
  return file;
}
