/**
 * A run of 4-byte words that a plan's kernels read and write. Either transient (it gets a place in the plan's arena for as
 * long as it is used) or external (a range of a buffer that outlives the plan: weights, gradients, optimiser state).
 */
export interface Tensor {
  readonly label: string;
  /** Number of 4-byte elements. */
  readonly length: number;
  readonly external?: { readonly buffer: GPUBuffer; readonly offset: number };
}

/** Where a plan put a tensor. */
export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
  /** Of the plan's arena, which goes with the plan. */
  readonly owned: boolean;
}
