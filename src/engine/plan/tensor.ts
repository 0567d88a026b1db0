/** What a tensor's 4-byte elements are. */
export type ElementType = 'f32' | 'u32';

/**
 * What a machine may do with memory that outlives its plans:
 * - `frozen` is never written after it was made, so it may be packed anew for the operations that read it, and be held once for
 *   each worker;
 * - `trained` is read by the work on pictures and written by the update;
 * - `sum` is what each group of pictures contributes to (gradients, the loss): every group overwrites its own copy, and the update
 *   sees the sum over groups in their order;
 * - `state` belongs to the update alone: moments, parameter groups, health.
 */
export type Role = 'frozen' | 'trained' | 'sum' | 'state';

export type HostData = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export interface StorageOptions {
  readonly label: string;
  readonly role: Role;
  readonly type: ElementType;
  /** Number of 4-byte elements. */
  readonly length: number;
  /** Every number is a float16's, and none is written later: a machine may hold each in two bytes. */
  readonly half?: boolean;
  /** What it begins with; zeros where left out. */
  readonly data?: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** Memory of a machine that outlives its plans: weights, gradients, the optimiser's state. Where it lies is the machine's matter. */
export interface Storage {
  readonly label: string;
  readonly role: Role;
  readonly type: ElementType;
  readonly length: number;
  /** Whether each number takes two bytes. */
  readonly half?: boolean;
  /** Takes effect between the runs before and after this call. */
  write(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void;
  /** What it holds after everything that was run before. */
  read(): Promise<ArrayBuffer>;
  release(): void;
}

/** Makes a storage: of a machine, or of none where a plan is only to be measured ({@link sketchStorage}). */
export type StorageMaker = (options: StorageOptions) => Storage;

/** A storage without memory, to record plans that are only measured. */
export const sketchStorage: StorageMaker = ({ label, role, type, length, half = false }) => {
  const refuse = (): never => {
    throw new Error(`${label}: a sketch holds nothing`);
  };
  return { label, role, type, length, half, write: refuse, read: refuse, release: () => undefined };
};

/** A run of 4-byte elements that a plan's operations read and write. */
export interface Tensor {
  readonly label: string;
  /** Number of 4-byte elements. */
  readonly length: number;
  readonly type: ElementType;
  /** Where it lies, for a tensor that outlives the plan; the others get a place in the plan's arena for as long as they are used. */
  readonly external?: { readonly storage: Storage; readonly offset: number };
  /** Of a trained weight: where its gradient goes. */
  readonly gradient?: Tensor;
}

/** Bytes of an element where it lies. */
export const elementBytes = ({ external }: Pick<Tensor, 'external'>): 2 | 4 => (external?.storage.half === true ? 2 : 4);

/** A part of a storage, from element `offset` on; all of it by default. */
export function viewOf(storage: Storage, label = storage.label, offset = 0, length = storage.length - offset): Tensor {
  return { label, length, type: storage.type, external: { storage, offset } };
}
