import type { NamedTensor } from './types.js';
import type { ElementType } from './numbers.js';

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
  /** safetensors' `__metadata__`; empty for the other forms. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Row-major float32. Rejects with `weights.missing-tensor` where there is none of that name. */
  read(name: string): Promise<NamedTensor>;
}
