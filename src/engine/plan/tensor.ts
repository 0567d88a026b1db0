/** The type of a tensor's 4-byte elements. */
export type ElementType = 'f32' | 'u32';

/**
 * How memory that outlives a machine's plans is used:
 * - `frozen` is never written after it was made, so a machine may repack it for the operations that read it, and keep a copy for each
 *   worker;
 * - `trained` is read by the work on pictures and written by the update;
 * - `sum` is summed over groups of pictures (gradients, the loss): every group overwrites its own copy, and the update reads the sum over
 *   the groups, in their order;
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
  /** All numbers are exact in float16 and are never written again, so that a machine may store each in two bytes. */
  readonly half?: boolean;
  /** Its initial content; zeros where left out. */
  readonly data?: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

/** When a storage is read or written: in the order of the calls and runs, or without waiting for runs that are queued. */
export type Moment = 'in order' | 'now';

/** Memory of a machine that outlives its plans: weights, gradients, the optimiser's state. */
export interface Storage {
  readonly label: string;
  readonly role: Role;
  readonly type: ElementType;
  readonly length: number;
  /** Whether each number is stored in two bytes. */
  readonly half?: boolean;
  /**
   * Takes effect between the runs before and after this call.
   * @param when `now` where no queued run uses the storage, so that the machine need not wait for any.
   */
  write(data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, when?: Moment): void;
  /**
   * Its content after all runs that were queued before this call.
   * @param when `now` for its content after the last run that has ended, on a machine that can read between two runs.
   */
  read(when?: Moment): Promise<ArrayBuffer>;
  release(): void;
}

/** Makes a storage of a machine, or one without memory to measure a plan ({@link sketchStorage}). */
export type StorageMaker = (options: StorageOptions) => Storage;

/** Makes a storage without memory, for plans that are recorded only to be measured. */
export const sketchStorage: StorageMaker = ({ label, role, type, length, half = false }) => {
  const refuse = (): never => {
    throw new Error(`${label}: a sketch holds nothing`);
  };
  return { label, role, type, length, half, write: refuse, read: refuse, release: () => undefined };
};

/** Consecutive 4-byte elements that a plan's operations read and write. */
export interface Tensor {
  readonly label: string;
  /** Number of 4-byte elements. */
  readonly length: number;
  readonly type: ElementType;
  /** Its place in a storage, for a tensor that outlives the plan. Other tensors get a place in the plan's arena while they are in use. */
  readonly external?: { readonly storage: Storage; readonly offset: number };
  /** For a trained weight: the tensor of its gradient. */
  readonly gradient?: Tensor;
}

/** The bytes of an element in its storage. */
export const elementBytes = ({ external }: Pick<Tensor, 'external'>): 2 | 4 => (external?.storage.half === true ? 2 : 4);

/** A part of a storage, from element `offset` on; all of it by default. */
export function viewOf(storage: Storage, label = storage.label, offset = 0, length = storage.length - offset): Tensor {
  return { label, length, type: storage.type, external: { storage, offset } };
}
