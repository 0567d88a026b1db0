/** numpy's `.npz`: a zip of `.npy` files, stored or deflated. */
import { PlaygroundError } from '../../vit/errors.js';
import { elementCount, shapeText, TYPE_BYTES, toFloat32 } from '../numbers.js';
import type { ElementType } from '../numbers.js';
import { NPY_HEAD, parseNpyHeader } from './npy.js';
import { gather } from '../strided.js';
import { requireTensor, rowsOf } from '../tensor-store.js';
import type { StoredTensor, TensorStore } from '../tensor-store.js';
import type { Archive, ArchiveEntry } from '../zip-archive.js';

/** `|V2` is what numpy calls bfloat16, as JAX saves it. */
const TYPES: Readonly<Record<string, ElementType>> = {
  '<f4': 'F32',
  '<f2': 'F16',
  '<f8': 'F64',
  '|V2': 'BF16',
  '<V2': 'BF16',
  '<i4': 'I32',
  '<i8': 'I64',
  '<u4': 'U32',
  '<u8': 'U64',
  '<i2': 'I16',
  '<u2': 'U16',
  '|i1': 'I8',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

/** Types of arrays that stand beside weights and are none: objects, texts, dates. */
const NO_NUMBERS = /[OUSMmT]\d*(\[|$)/;

interface Npy extends StoredTensor {
  readonly entry: ArchiveEntry;
  readonly dataOffset: number;
  readonly fortranOrder: boolean;
  readonly bigEndian: boolean;
}

/** Whether the archive holds arrays. */
export function holdsArrays(archive: Archive): boolean {
  for (const path of archive.entries.keys()) if (path.endsWith('.npy')) return true;
  return false;
}

/**
 * Reads the headers of all arrays; those of objects and texts are left out where others are numbers. Rejects with `file.damaged` or, for
 * element types that are not read, `file.unsupported`.
 */
export async function openNpz(archive: Archive): Promise<TensorStore> {
  const tensors = new Map<string, Npy>();
  let other: PlaygroundError | undefined;
  for (const [path, entry] of archive.entries) {
    if (!path.endsWith('.npy')) continue;
    const array = await readNpyHeader(archive, entry);
    if (array instanceof PlaygroundError) other ??= array;
    else tensors.set(path.slice(0, -'.npy'.length), array);
  }
  if (tensors.size === 0 && other) throw other;
  return {
    name: archive.name,
    container: 'npz',
    metadata: {},
    tensors,
    async read(name, rows) {
      const tensor = requireTensor(tensors, name, archive.name);
      const what = `${archive.name}: array '${name}'`;
      const width = TYPE_BYTES[tensor.type];
      if (tensor.fortranOrder && tensor.shape.length > 1) {
        const data = toFloat32(await readElements(archive, tensor, 0, tensor.entry.size - tensor.dataOffset), tensor.type, what);
        const reversed = [...tensor.shape].reverse();
        const strides = reversed
          .map((_, axis) => reversed.slice(axis + 1).reduce((product, length) => product * length, 1))
          .reverse();
        const all = gather(data, tensor.shape, strides);
        const { shape, skip, count } = rowsOf(tensor.shape, rows);
        return { shape, data: rows ? all.slice(skip, skip + count) : all };
      }
      const { shape, skip, count } = rowsOf(tensor.shape, rows);
      return { shape, data: toFloat32(await readElements(archive, tensor, skip * width, count * width), tensor.type, what) };
    },
  };
}

/** The bytes of elements in the order of this machine, which is little-endian. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>, { type, bigEndian }: Npy): Uint8Array<ArrayBuffer> {
  const width = TYPE_BYTES[type];
  if (!bigEndian || width === 1) return bytes;
  const swapped = bytes.slice();
  for (let at = 0; at < swapped.length; at += width) swapped.subarray(at, at + width).reverse();
  return swapped;
}

/** Bytes of the array's elements, little-endian. Where all of them are wanted, the whole entry is read, so that its checksum is checked. */
async function readElements(archive: Archive, tensor: Npy, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const { entry, dataOffset } = tensor;
  if (offset === 0 && dataOffset + length === entry.size)
    return littleEndian((await archive.read(entry, 0, entry.size, true)).subarray(dataOffset), tensor);
  return littleEndian(await archive.read(entry, dataOffset + offset, length), tensor);
}

/** The array, or the error for one that holds no numbers. */
async function readNpyHeader(archive: Archive, entry: ArchiveEntry): Promise<Npy | PlaygroundError> {
  const damaged = (why: string): PlaygroundError =>
    new PlaygroundError('file.damaged', `${archive.name}: its array '${entry.name}' ${why}`, { subject: entry.name });
  const header = parseNpyHeader(await archive.read(entry, 0, Math.min(entry.size, NPY_HEAD)));
  if (typeof header === 'string') throw damaged(header);
  const { descr, shape, dataOffset, fortranOrder } = header;
  const bigEndian = descr.startsWith('>');
  const type = TYPES[descr.replace(/^[>=]/, '<')];
  if (!type) {
    const why = descr.includes('O') ? 'holds pickled objects, which are not read' : `has the type '${descr}', which is not read`;
    const error = new PlaygroundError('file.unsupported', `${archive.name}: its array '${entry.name}' ${why}`, {
      subject: entry.name,
    });
    if (NO_NUMBERS.test(descr)) return error;
    throw error;
  }
  const count = elementCount(shape);
  if (count === undefined || dataOffset + count * TYPE_BYTES[type] !== entry.size) {
    throw damaged(`has ${entry.size - dataOffset} bytes of elements, which does not fit ${type} ${shapeText(shape)}`);
  }
  return { shape, type, entry, dataOffset, fortranOrder, bigEndian };
}
