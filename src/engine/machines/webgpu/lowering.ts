import type { Tensor } from '../../plan/tensor.js';
import type { Gpu } from './device.js';
import { packUniforms, prefixOf, type Access, type CellWidth, type Kernel } from './kernel.js';

export interface Dispatch<B extends string, U extends string> {
  readonly label: string;
  readonly buffers: Readonly<Record<B, Tensor>>;
  readonly uniforms: Readonly<Record<U, number>>;
  /** WGSL `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Of the kernel's `sizes`. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Floats read at a time, for a kernel with `wide` files. */
  readonly cell?: CellWidth;
  /** Of the kernel's `forms`. */
  readonly form?: string;
  /** Workgroups. */
  readonly grid: readonly [number, number, number];
  /** Multiply-accumulates, for cutting submissions. */
  readonly macs?: number;
}

/** A dispatch as it was asked for: nothing of it is made yet. */
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

/** One way to compute something, as the autotuner tries it: on tensors of its own. */
export interface Candidate {
  readonly name: string;
  lower(lowering: Lowering): void;
}

/** Choices that were measured. */
export interface Choices {
  known(key: string): string | undefined;
}

/** Collects the dispatches that operations come down to, in order, with the scratch memory that the kernels want. */
export class Lowering {
  readonly dispatched: Dispatched[] = [];
  /** Choices that were asked for and are not measured yet. */
  readonly pending = new Map<string, readonly Candidate[]>();
  #emptyRead: Tensor | undefined;
  readonly #choices: Choices | undefined;

  constructor(
    readonly gpu: Gpu,
    choices?: Choices,
    /** Pictures that the operations are of, where they are of pictures. */
    readonly images = 1,
  ) {
    this.#choices = choices;
  }

  /** The measured choice, else the first candidate: the machine measures what was pending and lowers again. */
  choose(key: string, candidates: () => readonly Candidate[]): string | undefined {
    const known = this.#choices?.known(key);
    if (known !== undefined) return known;
    if (!this.pending.has(key)) this.pending.set(key, candidates());
    return this.pending.get(key)?.[0]?.name;
  }

  /** Memory that a kernel leaves for the next one of the same operation. */
  scratch(label: string, length: number): Tensor {
    return { label, length, type: 'f32' };
  }

  /** Stands for a buffer that a kernel's flags leave unread. */
  get unused(): Tensor {
    this.#emptyRead ??= this.scratch('unused', 4);
    return this.#emptyRead;
  }

  /** Stands for a buffer that a kernel's flags leave unwritten: a fresh one each time, since nothing else may alias it. */
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
