/** What crosses between the machine and its members, each on a thread with a memory of its own. */
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

/** Done in the order in which they arrive, but for urgent jobs. */
export type Order =
  | { readonly kind: 'start'; readonly module: WebAssembly.Module }
  /** The memory must reach to `end`. */
  | { readonly kind: 'reserve'; readonly end: number }
  | { readonly kind: 'write'; readonly writes: readonly Bytes[] }
  /** A frozen weight [columns, depth], lying at `from` for this once, to panels at `at`: of the forward or (`turned`) the backward. */
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

/** A plan's calls on one group of pictures. */
export interface Job {
  readonly kind: 'job';
  readonly number: number;
  readonly plan: number;
  readonly writes: readonly Bytes[];
  readonly reads: readonly Range[];
  /** Goes before everything that waits, and between two calls of a job that runs. */
  readonly urgent: boolean;
  /** Asks for one result more: the milliseconds of each call, as float64. */
  readonly timed: boolean;
}

export type Answer =
  | { readonly kind: 'done'; readonly number: number; readonly results: readonly ArrayBuffer[] }
  /** The member's memory grows no further: nothing after this order is done. */
  | { readonly kind: 'full' }
  /** The member stops here: nothing after a failed order is done. */
  | { readonly kind: 'failed'; readonly message: string };

/** The machine's end of a member. */
export interface MemberPort {
  /** The buffers in `transfer` are moved, not copied. */
  post(order: Order, transfer: readonly ArrayBuffer[]): void;
  stop(): void;
}

/** Starts a member on a thread of its own: the host's part, since the engine knows neither Node's threads nor the page's. */
export type StartMember = (onAnswer: (answer: Answer) => void) => MemberPort;
