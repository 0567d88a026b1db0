import type { Operation } from '../../plan/operation.js';
import type { Tensor } from '../../plan/tensor.js';
import type { Gpu } from './device.js';
import { packUniforms, prefixOf, type Access, type CellWidth, type Kernel } from './kernel.js';

export interface Dispatch<B extends string, U extends string> {
  readonly label: string;
  readonly buffers: Readonly<Record<B, Tensor>>;
  readonly uniforms: Readonly<Record<U, number>>;
  /** WGSL `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Values for the kernel's `sizes`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** The floats read at a time, for a kernel with `wide` files. */
  readonly cell?: CellWidth;
  /** The name of one of the kernel's `forms`. */
  readonly form?: string;
  /** Workgroups. */
  readonly grid: readonly [number, number, number];
  /** Multiply-accumulates, to decide how much a submission holds. */
  readonly macs?: number;
}

/** A recorded dispatch, before anything is made for it. */
export interface Dispatched {
  readonly kernel: Kernel;
  readonly label: string;
  readonly buffers: readonly { readonly tensor: Tensor; readonly access: Access }[];
  readonly uniforms: Uint8Array<ArrayBuffer>;
  readonly constants: Readonly<Record<string, number>>;
  readonly header: string;
  readonly includes: readonly string[];
  readonly grid: readonly [number, number, number];
  readonly macs: number;
}

/** One way to compute something, on its own tensors, for the autotuner to measure. */
export interface Candidate {
  readonly name: string;
  lower(lowering: Lowering): void;
}

/** What is chosen among. All candidates give the same bits. */
export interface Choice {
  readonly candidates: readonly Candidate[];
  /** Whether little time depends on it, so that it is measured after all others. */
  readonly minor: boolean;
}

/** The measured choices. */
export interface Choices {
  known(key: string): string | undefined;
}

/** A norm whose result is not stored: who reads its rows normalises them. */
export interface Normed {
  readonly x: Tensor;
  /** [rows, 2]: mean and reciprocal standard deviation. */
  readonly stats: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

/** Collects the dispatches of operations, in order, with the scratch memory that their kernels need. */
export class Lowering {
  readonly dispatched: Dispatched[] = [];
  /** Choices that were needed but are not measured yet. */
  readonly pending = new Map<string, Choice>();
  /** By the tensor that would have the result. */
  readonly normed = new Map<Tensor, Normed>();
  #emptyRead: Tensor | undefined;
  readonly #choices: Choices | undefined;

  constructor(
    readonly gpu: Gpu,
    choices?: Choices,
    /** Pictures that the operations are of, where they are of pictures. */
    readonly images = 1,
    /** The operations that read a tensor, where all are known and the host does not read it. */
    readonly readersOf: (tensor: Tensor) => readonly Operation[] | undefined = () => undefined,
  ) {
    this.#choices = choices;
  }

  /**
   * The name of the measured choice. Without one it is undefined, the caller takes its first candidate, and the machine may measure the
   * pending candidates and lower again.
   */
  choose(key: string, candidates: () => readonly Candidate[], { minor = false } = {}): string | undefined {
    const known = this.#choices?.known(key);
    if (known !== undefined) return known;
    if (!this.pending.has(key)) this.pending.set(key, { candidates: candidates(), minor });
    return this.pending.get(key)?.candidates[0]?.name;
  }

  /** Memory between the kernels of an operation. */
  scratch(label: string, length: number): Tensor {
    return { label, length, type: 'f32' };
  }

  /** For a buffer that a kernel does not read with its present flags. */
  get unused(): Tensor {
    this.#emptyRead ??= this.scratch('unused', 4);
    return this.#emptyRead;
  }

  /** For a buffer that a kernel does not write with its present flags. Each is new, since a written buffer must not be bound twice. */
  unusedWrite(): Tensor {
    return this.scratch('unused (write)', 4);
  }

  dispatch<B extends string, U extends string>(kernel: Kernel<B, U>, call: Dispatch<B, U>): void {
    const names = Object.keys(kernel.buffers) as B[];
    this.dispatched.push({
      kernel,
      label: call.label,
      buffers: names.map((name) => ({ tensor: call.buffers[name], access: kernel.buffers[name] })),
      uniforms: packUniforms(kernel, call.uniforms),
      constants: call.constants ?? {},
      ...prefixOf(kernel, call.cell ?? 1, call.sizes ?? {}, call.form),
      grid: call.grid,
      macs: call.macs ?? 0,
    });
  }
}
