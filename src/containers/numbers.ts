import { PlaygroundError } from '../vit/errors.js';

/** Element types as safetensors names them, with their width in bytes. */
export const TYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
  C64: 8,
} as const;
export type ElementType = keyof typeof TYPE_BYTES;

export function isElementType(name: string): name is ElementType {
  return Object.hasOwn(TYPE_BYTES, name);
}

/** Whether {@link toFloat32} reads the type. */
export function isWeightType(type: ElementType): boolean {
  return type === 'F32' || type === 'F16' || type === 'BF16' || type === 'F64';
}

/** Number of elements of a shape, or undefined where a length is not a whole number or the product passes 2^53. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) return undefined;
    count *= length;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

let halfTable: Float32Array<ArrayBuffer> | undefined;

/** Every IEEE 754 binary16 value as float32: 65,536 entries, 256 KiB. */
function halves(): Float32Array<ArrayBuffer> {
  if (halfTable) return halfTable;
  const table = new Float32Array(0x10000);
  for (let bits = 0; bits < 0x10000; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    table[bits] =
      exponent === 0x1f
        ? fraction === 0
          ? sign * Infinity
          : NaN
        : sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  }
  halfTable = table;
  return table;
}

/** The bytes, copied where need be, so that a typed array of elements of `width` bytes can begin at their offset. */
function aligned(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
}

/**
 * Little-endian elements as float32. F32 is a view onto `bytes` without a copy; F16 and BF16 are exact; F64 is rounded to
 * nearest. Integers and 8-bit floats are refused with `file.unsupported`: they are no weights. `subject` opens the message.
 */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, type: ElementType, subject: string): Float32Array<ArrayBuffer> {
  const count = bytes.byteLength / TYPE_BYTES[type];
  const source = aligned(bytes, TYPE_BYTES[type]);
  switch (type) {
    case 'F32':
      return new Float32Array(source.buffer, source.byteOffset, count);
    case 'F16': {
      const table = halves();
      const bits = new Uint16Array(source.buffer, source.byteOffset, count);
      const values = new Float32Array(count);
      for (let i = 0; i < count; i++) values[i] = table[bits[i] ?? 0] ?? 0;
      return values;
    }
    case 'BF16': {
      const bits = new Uint16Array(source.buffer, source.byteOffset, count);
      const values = new Uint32Array(count);
      for (let i = 0; i < count; i++) values[i] = (bits[i] ?? 0) << 16;
      return new Float32Array(values.buffer);
    }
    case 'F64':
      return new Float32Array(new Float64Array(source.buffer, source.byteOffset, count));
    default:
      throw new PlaygroundError('file.unsupported', `${subject}: has type ${type}, and weights are F32, F16, BF16 or F64`, {
        subject,
      });
  }
}

/** Elements as they are stored. */
export type TypedData =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** Little-endian elements in the typed array of their type; F16, BF16 and C64 (and 8-bit floats) stay bit patterns. */
export function toTyped(bytes: Uint8Array<ArrayBuffer>, type: ElementType): TypedData {
  const count = bytes.byteLength / TYPE_BYTES[type];
  const { buffer, byteOffset } = aligned(bytes, TYPE_BYTES[type]);
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, count);
    case 'F64':
      return new Float64Array(buffer, byteOffset, count);
    case 'I32':
      return new Int32Array(buffer, byteOffset, count);
    case 'U32':
      return new Uint32Array(buffer, byteOffset, count);
    case 'I64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'U64':
    case 'C64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'I16':
      return new Int16Array(buffer, byteOffset, count);
    case 'U16':
    case 'F16':
    case 'BF16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'I8':
      return new Int8Array(buffer, byteOffset, count);
    case 'U8':
    case 'BOOL':
    case 'F8_E4M3':
    case 'F8_E5M2':
      return new Uint8Array(buffer, byteOffset, count);
  }
}
