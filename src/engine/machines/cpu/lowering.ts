import { assignSlots, lifetimesOf } from '../../plan/arena.js';
import { usesOf } from '../../plan/operation.js';
import type { Recording } from '../../plan/record.js';
import type { Tensor } from '../../plan/tensor.js';
import type { Call } from './messages.js';
import type { Kernels } from './module.js';

/** Bytes of a step's words (kernels/common/step.ts). */
export const STEP_BYTES = 36;
/** Bytes reserved for them: whole cache lines. */
const STEP_ROOM = 64;

/** How a frozen weight [N, K] is stored: unchanged, or in the panels that the layer reads, forward or (`turned`) backward. */
export type Form = 'plain' | { readonly columns: number; readonly depth: number; readonly turned: boolean };

/**
 * The most elements of a weight that is stored in both forms. A larger one is stored once, and its panels are transposed as they are read.
 */
export const HELD_TWICE = 2 ** 18;

/** The addresses of tensors that outlive the plan, and the form in which each frozen weight is wanted. */
export type Places = (tensor: Tensor, form: Form) => number;

/** The addresses of a plan's own tensors, relative to its block. */
export interface Arena {
  readonly offsets: ReadonlyMap<Tensor, number>;
  readonly bytes: number;
}

export function arenaOf({ operations, inputs, outputs }: Recording): Arena {
  const steps = operations.map((operation) => usesOf(operation).map(({ tensor }) => tensor));
  const lifetimes = lifetimesOf(steps, [...inputs.values(), ...outputs.values()]);
  const { slotOf, slotBytes } = assignSlots([...lifetimes.values()]);
  const starts: number[] = [];
  let bytes = STEP_ROOM;
  for (const slot of slotBytes) {
    starts.push(bytes);
    bytes += Math.ceil(slot / 64) * 64;
  }
  const offsets = new Map([...lifetimes.keys()].map((tensor, index) => [tensor, starts[slotOf[index] ?? -1] ?? NaN]));
  return { offsets, bytes };
}

/**
 * Collects the kernel calls that operations are lowered to. A plan's block holds the step's words, its tensors, and scratch memory that all
 * calls share.
 */
export class Lowering {
  readonly calls: Call[] = [];
  #scratchBytes = 0;
  readonly #arena: Arena;
  readonly #block: number;
  readonly #places: Places;

  /**
   * @param images pictures that the record is for.
   * @param block address of the plan's block.
   */
  constructor(
    readonly kernels: Kernels,
    readonly images: number,
    arena: Arena,
    block: number,
    places: Places,
  ) {
    this.#arena = arena;
    this.#block = block;
    this.#places = places;
  }

  /** Address of the step's words. */
  get step(): number {
    return this.#block;
  }

  /** Bytes of the whole block. */
  get bytes(): number {
    return this.#arena.bytes + this.#scratchBytes;
  }

  /** Address of a tensor; 0 for none. */
  at(tensor: Tensor | undefined, form: Form = 'plain'): number {
    if (!tensor) return 0;
    if (tensor.external) return this.#places(tensor, form);
    const offset = this.#arena.offsets.get(tensor);
    if (offset === undefined) throw new Error(`${tensor.label}: the tensor has no place`);
    return this.#block + offset;
  }

  /** Address of scratch memory for one call. */
  scratch(bytes: number): number {
    this.#scratchBytes = Math.max(this.#scratchBytes, Math.ceil(bytes / 64) * 64);
    return this.#block + this.#arena.bytes;
  }

  call(kernel: keyof Kernels, ...numbers: number[]): void {
    this.calls.push({ kernel, numbers });
  }
}
