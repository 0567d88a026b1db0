/** Reads what an ONNX file says about itself: the outer fields of `ModelProto` (onnx.proto). The graph is skipped. */
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';

export interface OnnxDescription {
  readonly producer: string;
  /** Opset of the standard operators; null where none is named. */
  readonly opset: number | null;
  /** `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const LARGEST_TEXT = 4 * 2 ** 20;
const MOST_FIELDS = 10_000;

interface Field {
  readonly number: number;
  /** A number field's value, or a delimited field's length. */
  readonly value: number;
  readonly delimited: boolean;
  /** Where the field's content begins. */
  readonly content: number;
}

/** A varint of at most 10 bytes, as a number; null where it is longer or not a safe integer. */
function varint(bytes: Uint8Array, at: number): { value: number; next: number } | null {
  let value = 0n;
  for (let i = 0; i < 10 && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return value > BigInt(Number.MAX_SAFE_INTEGER) ? null : { value: Number(value), next: at + i + 1 };
  }
  return null;
}

/** The field whose tag lies at `at` in `bytes`, which start at `base` of the file; null where there is no valid field. */
function fieldAt(bytes: Uint8Array, at: number, base: number): Field | null {
  const tag = varint(bytes, at);
  const wire = tag === null ? -1 : tag.value % 8;
  if (tag === null || tag.value < 8 || (wire !== 0 && wire !== 2)) return null;
  const value = varint(bytes, tag.next);
  if (value === null) return null;
  return { number: Math.floor(tag.value / 8), value: value.value, delimited: wire === 2, content: base + value.next };
}

/** Iterates over the fields; throws `file.damaged` where they do not exactly fill the file. */
async function* fieldsOf(source: ByteSource): AsyncGenerator<Field> {
  let position = 0;
  for (let count = 0; position < source.size; count++) {
    const head = await source.read(position, Math.min(20, source.size - position));
    const field = fieldAt(head, 0, position);
    const end = field === null ? Infinity : field.content + (field.delimited ? field.value : 0);
    if (field === null || end > source.size || count >= MOST_FIELDS) {
      const why = end > source.size && field !== null ? 'ends before its fields do' : 'has no field of a model';
      throw new PlaygroundError('file.damaged', `${source.name}: is no whole ONNX file: at byte ${position} it ${why}`, {
        subject: source.name,
      });
    }
    yield field;
    position = end;
  }
}

/** The fields of a small message in memory. */
function fieldsIn(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let position = 0;
  while (position < bytes.length) {
    const field = fieldAt(bytes, position, 0);
    if (field === null) break;
    fields.push(field);
    position = field.content + (field.delimited ? field.value : 0);
  }
  return fields;
}

const decoder = new TextDecoder();

function textIn(bytes: Uint8Array, number: number): string {
  const field = fieldsIn(bytes).find((entry) => entry.number === number && entry.delimited);
  return field ? decoder.decode(bytes.subarray(field.content, field.content + field.value)) : '';
}

/** Whether the file begins as ONNX files do: field 1, the version of the format, a small number, and then another field. Reads 4 bytes. */
export async function looksLikeOnnx(source: ByteSource): Promise<boolean> {
  if (source.size < 16) return false;
  const [tag, version = 0, next = 0] = await source.read(0, 4);
  return tag === 0x08 && version >= 1 && version < 64 && [0x12, 0x1a, 0x22, 0x3a, 0x42].includes(next);
}

/** Reads the fields around the graph. Rejects with `file.damaged` where the file is not ONNX or is truncated. */
export async function describeOnnx(source: ByteSource): Promise<OnnxDescription> {
  let producer = '';
  let opset: number | null = null;
  const metadata: Record<string, string> = {};
  for await (const { number, value, delimited, content } of fieldsOf(source)) {
    if (!delimited || ![2, 8, 14].includes(number) || value > LARGEST_TEXT) continue;
    const bytes = await source.read(content, value);
    if (number === 2) producer = decoder.decode(bytes);
    if (number === 8 && textIn(bytes, 1) === '') opset = fieldsIn(bytes).find((field) => field.number === 2)?.value ?? null;
    if (number === 14) metadata[textIn(bytes, 1)] = textIn(bytes, 2);
  }
  return { producer, opset, metadata };
}
