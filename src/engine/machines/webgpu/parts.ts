/** Tensors of storages that exceed the largest binding, in parts that do not. */
import { elementBytes, type Tensor } from '../../plan/tensor.js';
import type { Gpu } from './device.js';

/** Some elements of a storage's tensor. */
export function partOf(tensor: Tensor, from: number, length: number): Tensor {
  if (from === 0 && length === tensor.length) return tensor;
  const { external } = tensor;
  if (!external) throw new Error(`${tensor.label}: only a storage is used in parts`);
  return { ...tensor, length, external: { ...external, offset: external.offset + from } };
}

/** Some rows of a matrix. */
export interface Rows {
  readonly piece: Tensor;
  readonly first: number;
  readonly rows: number;
}

/** Every adapter lets a binding begin at a multiple of so many bytes. */
const ALIGNMENT = 256;
/** Kernels read rows four at a time. */
const TOGETHER = 4;

/**
 * Cuts a matrix of a storage into as few parts of whole rows as a binding holds, each beginning where a binding may. A matrix that fits, or
 * that has no place in a storage, or so few rows that no part would begin at such a place, stays whole.
 * @param columns the length of a row.
 */
export function inRows(gpu: Gpu, matrix: Tensor, columns: number): Rows[] {
  const rows = matrix.length / columns;
  const each = columns * elementBytes(matrix);
  const most = gpu.limits.maxStorageBufferBindingSize;
  let step = TOGETHER;
  while ((step * each) % ALIGNMENT !== 0) step *= 2;
  const fitting = step * Math.floor(most / each / step);
  if (rows * each <= most || fitting === 0 || !matrix.external) return [{ piece: matrix, first: 0, rows }];
  return Array.from({ length: Math.ceil(rows / fitting) }, (_, index) => {
    const first = index * fitting;
    const own = Math.min(fitting, rows - first);
    return { piece: partOf(matrix, first * columns, own * columns), first, rows: own };
  });
}
