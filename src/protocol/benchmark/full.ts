import type { AdapterDescription } from '../runs/run.js';

/** An operation of a plan, in all blocks together. */
export interface ProfileRow {
  readonly operation: string;
  readonly kind: string;
  /** Number of times in a batch. */
  readonly count: number;
  /** In a batch; on processors the time of all threads together. */
  readonly milliseconds: number;
  /** 10^9 floating-point operations a second, on processors for one thread; null for an operation without products. */
  readonly gflops: number | null;
  /** Share of the time of all operations, from 0 to 1. */
  readonly share: number;
}

/** The most that an adapter can do, shown by kernels that do nothing else. */
export interface PeakRow {
  readonly section: 'peak';
  /** 10^12 floating-point operations a second of multiply-adds in registers, two each. */
  readonly teraflops: number;
  /** 10^9 bytes a second of a copy, read and written bytes together. */
  readonly gigabytes: number;
}

/** A golden file: the authors' numbers in float64 beside this adapter's. */
export interface GoldenRow {
  readonly section: 'golden';
  readonly file: string;
  readonly passed: boolean;
  readonly tensors: number;
  /** Names of the tensors whose error is above their tolerance. */
  readonly over: readonly string[];
}

/** A product out [M, N] of a [M, K] and a weight, by one candidate. */
export interface ProductRow {
  readonly section: 'product';
  readonly model: string;
  readonly layer: string;
  /** Whether of the forward, where the weight lies as [N, K], or of the backward, where it lies as [K, N]. */
  readonly direction: 'forward' | 'backward';
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly candidate: string;
  readonly milliseconds: number;
  readonly teraflops: number;
  /** 10^9 bytes a second, counting each matrix once. */
  readonly gigabytes: number;
  /** The class of shapes that the tuner makes one choice for. */
  readonly shapeClass: string;
}

/** One candidate of another choice: for attention, for a norm, or for where a norm is computed. */
export interface CandidateRow {
  readonly section: 'candidate';
  readonly model: string;
  /** What is chosen: the operation and the class of its shapes. */
  readonly choice: string;
  readonly candidate: string;
  readonly milliseconds: number;
  /** Null for what has no products. */
  readonly teraflops: number | null;
  /** 10^9 bytes a second, counting each tensor once for each kernel that reads or writes it. */
  readonly gigabytes: number;
}

/** Another operation alone: attention, merging, norms. */
export interface KernelRow {
  readonly section: 'kernel';
  readonly model: string;
  readonly operation: string;
  readonly kind: string;
  readonly milliseconds: number;
  /** Null for what has no products. */
  readonly teraflops: number | null;
  /** 10^9 bytes a second, counting each tensor once. */
  readonly gigabytes: number;
}

/** What of a network is held in half precision: nothing, its frozen weights, or also the activations that a backward reads. */
export type Precision = 'float32' | 'half weights' | 'half weights and activations';

/** A forward or a whole training step. */
export interface PlanRow {
  readonly section: 'plan';
  readonly model: string;
  readonly method: string;
  readonly schedule: string;
  readonly what: 'forward' | 'step';
  readonly precision: Precision;
  readonly batch: number;
  readonly milliseconds: number;
  readonly picturesPerSecond: number;
  readonly teraflops: number;
  readonly operations: readonly ProfileRow[];
  /** Null on a machine that has no dispatches. */
  readonly dispatches: number | null;
  readonly submissions: number | null;
  /** The host's time to encode and submit. */
  readonly encodeMilliseconds: number | null;
  /** Measuring kernels and compiling shaders, before the first run. */
  readonly compileMilliseconds: number;
  /** Bytes of the plan, and of the weights with all that training keeps beside them. */
  readonly planBytes: number;
  readonly weightBytes: number;
}

/** What was not measured, and why. */
export interface MissingRow {
  readonly section: 'missing';
  readonly what: string;
  readonly why: string;
}

export type FullRow = PeakRow | GoldenRow | ProductRow | CandidateRow | KernelRow | PlanRow | MissingRow;

/** Everything that can be measured of an adapter in a few minutes. */
export interface FullBenchmark {
  readonly adapter: AdapterDescription;
  /** Dawn's toggles, where some were asked for: such figures are not a browser's. */
  readonly toggles: string | null;
  readonly began: string;
  readonly seconds: number;
  readonly rows: readonly FullRow[];
  /** The candidate that the tuner took for each class of shapes. */
  readonly choices: Readonly<Record<string, string>>;
}
