import { PlaygroundError } from '../vit/errors.js';
import type { NamedTensor } from './tensors.js';
import type { ElementType } from './numbers.js';
import type { RowRange } from './strided.js';

/** A tensor as a file describes it, before it is read. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** A file of named tensors, under the file's own names, read one at a time. */
export interface TensorStore {
  /** The file's name, or the index's where there are several. */
  readonly name: string;
  readonly container: 'safetensors' | 'npz' | 'pth';
  /** safetensors' `__metadata__`; for a `.pth` the plain values of its `args` namespace, as `args.NAME`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /**
   * Reads a tensor as row-major float32, whole or some rows of its first axis. Rejects with `weights.missing-tensor` where there is no
   * tensor of this name.
   */
  read(name: string, rows?: RowRange): Promise<NamedTensor>;
}

/** The entry of a map for a tensor's name. Throws `weights.missing-tensor`, with file and name, where there is none. */
export function requireTensor<T>(tensors: ReadonlyMap<string, T>, name: string, file: string): T {
  const tensor = tensors.get(name);
  if (!tensor) throw new PlaygroundError('weights.missing-tensor', `${file}: has no tensor '${name}'`, { subject: name });
  return tensor;
}

/** For some rows of a tensor: their shape, and the number of elements in row-major order to skip and to read. */
export function rowsOf(
  shape: readonly number[],
  rows: RowRange | undefined,
): { shape: readonly number[]; skip: number; count: number } {
  const all = shape.reduce((product, length) => product * length, 1);
  if (!rows) return { shape, skip: 0, count: all };
  const row = shape.slice(1).reduce((product, length) => product * length, 1);
  return { shape: [rows.count, ...shape.slice(1)], skip: rows.first * row, count: rows.count * row };
}
