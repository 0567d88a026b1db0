import { assignSlots, lifetimesOf } from '../../plan/arena.js';
import { usesOf } from '../../plan/operation.js';
import type { Recording } from '../../plan/record.js';
import type { Tensor } from '../../plan/tensor.js';
import type { Call } from './messages.js';
import type { Kernels } from './module.js';

/** Bytes of a step's words (kernels/common/step.ts). */
export const STEP_BYTES = 36;
/** Room for them, whole lines of the cache. */
const STEP_ROOM = 64;

/** How a frozen weight [N, K] lies in memory: as it is, or in the panels that the layer reads, forward or (`turned`) backward. */
export type Form = 'plain' | { readonly columns: number; readonly depth: number; readonly turned: boolean };

/** Elements of a weight that is held in both forms. One that is larger is held once, and its panels are turned as they are read. */
export const HELD_TWICE = 2 ** 18;

/** Where tensors that outlive the plan lie, and in what form frozen weights are wanted. */
export type Places = (tensor: Tensor, form: Form) => number;

/** Places of a plan's own tensors, from byte 0 of its block on. */
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
 * Collects the calls that operations come down to. A plan's block is its step's words, its tensors and, behind them, scratch that
 * every call may use anew.
 */
export class Lowering {
  readonly calls: Call[] = [];
  #scratchBytes = 0;
  readonly #arena: Arena;
  readonly #block: number;
  readonly #places: Places;

  /**
   * @param images pictures that the record is for.
   * @param block where the plan's block begins.
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

  /** The step's words. */
  get step(): number {
    return this.#block;
  }

  /** Bytes of the whole block. */
  get bytes(): number {
    return this.#arena.bytes + this.#scratchBytes;
  }

  /** Where a tensor lies; 0 for none. */
  at(tensor: Tensor | undefined, form: Form = 'plain'): number {
    if (!tensor) return 0;
    if (tensor.external) return this.#places(tensor, form);
    const offset = this.#arena.offsets.get(tensor);
    if (offset === undefined) throw new Error(`${tensor.label}: the tensor has no place`);
    return this.#block + offset;
  }

  /** Memory for one call. */
  scratch(bytes: number): number {
    this.#scratchBytes = Math.max(this.#scratchBytes, Math.ceil(bytes / 64) * 64);
    return this.#block + this.#arena.bytes;
  }

  call(kernel: keyof Kernels, ...numbers: number[]): void {
    this.calls.push({ kernel, numbers });
  }
}
