/** Messages between the machine and its members, each of which has its own thread and memory. */
import type { Kernels } from './module.js';

/** One call of a kernel. */
export interface Call {
  readonly kernel: keyof Kernels;
  readonly numbers: readonly number[];
}

export interface Bytes {
  readonly at: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export interface Range {
  readonly at: number;
  readonly bytes: number;
}

/** Orders are carried out in the order in which they arrive, except for urgent jobs. */
export type Order =
  | { readonly kind: 'start'; readonly module: WebAssembly.Module }
  /** Grows the memory up to `end`. */
  | { readonly kind: 'reserve'; readonly end: number }
  | { readonly kind: 'write'; readonly writes: readonly Bytes[] }
  /**
   * Packs a frozen weight [columns, depth], which lies at `from` only for this order, into panels at `at`, for the forward or (`turned`)
   * the backward.
   */
  | {
      readonly kind: 'pack';
      readonly from: Bytes;
      readonly columns: number;
      readonly depth: number;
      readonly turned: boolean;
      readonly at: number;
    }
  | { readonly kind: 'prepare'; readonly plan: number; readonly calls: readonly Call[] }
  | { readonly kind: 'forget'; readonly plan: number }
  | Job;

/** A plan's calls for one group of pictures. */
export interface Job {
  readonly kind: 'job';
  readonly number: number;
  readonly plan: number;
  readonly writes: readonly Bytes[];
  readonly reads: readonly Range[];
  /** Runs before everything that waits, and between two calls of a running job. */
  readonly urgent: boolean;
  /** Adds one more result: the milliseconds of each call, as float64. */
  readonly timed: boolean;
}

export type Answer =
  | { readonly kind: 'done'; readonly number: number; readonly results: readonly ArrayBuffer[] }
  /** The member's memory cannot grow further: nothing after this order was done. */
  | { readonly kind: 'full' }
  /** The member stops here: nothing after the failed order was done. */
  | { readonly kind: 'failed'; readonly message: string };

/** The machine's connection to a member. */
export interface MemberPort {
  /** The buffers in `transfer` move to the member and are not copied. */
  post(order: Order, transfer: readonly ArrayBuffer[]): void;
  stop(): void;
}

/** Starts a member on its own thread. The host provides this, since the engine knows neither Node's threads nor the page's. */
export type StartMember = (onAnswer: (answer: Answer) => void) => MemberPort;
