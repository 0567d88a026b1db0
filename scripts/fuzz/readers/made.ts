/** Small files of arrays, made byte by byte. */
import { zipFiles } from '../../../src/formats/exports/zip.js';

const latin1 = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 256);
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap(u32), ...data]);
export const idxImages = (): Uint8Array => idx([2, 4, 5], range(40));
export const idxLabels = (): Uint8Array => idx([2], [0, 1]);

/** A `.npy` file of version 1 with bytes. */
function npy(shape: readonly number[], data: readonly number[]): Uint8Array<ArrayBuffer> {
  const about = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${about.padEnd(117)}\n`;
  return Uint8Array.from([0x93, ...latin1('NUMPY'), 1, 0, header.length & 255, header.length >> 8, ...latin1(header), ...data]);
}

/** A file like MedMNIST's, with the arrays of all parts. */
export async function npzOf(): Promise<Uint8Array> {
  const entries = {
    'train_images.npy': npy([2, 4, 4, 3], range(96)),
    'train_labels.npy': npy([2, 1], [1, 0]),
    'val_images.npy': npy([1, 4, 4, 3], range(48)),
    'val_labels.npy': npy([1, 1], [1]),
  };
  const files = Object.entries(entries).map(([name, bytes]) => ({ name, mediaType: 'application/octet-stream', bytes }));
  return (await zipFiles(files, 'x.npz')).bytes;
}

const text = (value: string): number[] => [0x55, value.length, ...latin1(value)];
const global = (module: string, name: string): number[] => [0x63, ...latin1(`${module}\n${name}\n`)];

/** A batch of CIFAR-10 as pickled by Python 2: a numpy array and a list of labels. */
export function cifarPickle(): Uint8Array {
  const labels = [0, 1, 0];
  const data = range(3072 * labels.length);
  const minusOne = [0x4a, 255, 255, 255, 255];
  return Uint8Array.from([
    ...[0x80, 2, 0x7d, 0x28, ...text('data')],
    ...global('numpy.core.multiarray', '_reconstruct'),
    ...[...global('numpy', 'ndarray'), 0x4b, 0, 0x85, ...text('b'), 0x87, 0x52],
    ...[0x28, 0x4b, 1, 0x4b, labels.length, 0x4d, 0, 12, 0x86],
    ...[...global('numpy', 'dtype'), ...text('u1'), 0x4b, 0, 0x4b, 1, 0x87, 0x52],
    ...[0x28, 0x4b, 3, ...text('|'), 0x4e, 0x4e, 0x4e, ...minusOne, ...minusOne, 0x4b, 0, 0x74, 0x62],
    ...[0x89, 0x54, data.length & 255, (data.length >> 8) & 255, data.length >> 16, 0, ...data, 0x74, 0x62],
    ...[...text('labels'), 0x5d, 0x28, ...labels.flatMap((label) => [0x4b, label]), 0x65],
    ...[0x75, 0x2e],
  ]);
}
