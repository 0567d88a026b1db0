import { measureOn } from '../autotuner.js';

import { elementBytes, type Tensor } from '../../../plan/tensor.js';
import type { Gpu } from '../device.js';
import { Lowering, type Candidate } from '../lowering.js';

/** One candidate's time. */
export interface CandidateTime {
  readonly candidate: string;
  readonly milliseconds: number;
  /** Multiply-accumulates of all its kernels. */
  readonly macs: number;
  /** The tensors of all its kernels, each counted once for each kernel that reads or writes it. */
  readonly bytes: number;
}

/** Measures candidates of one choice one after the other, the likeliest first; the caller may stop between two. */
export async function* measureCandidates(gpu: Gpu, candidates: readonly Candidate[]): AsyncGenerator<CandidateTime, void> {
  const measure = measureOn(gpu);
  let best = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const milliseconds = await measure(candidate, best);
    best = Math.min(best, milliseconds);
    yield { candidate: candidate.name, milliseconds, ...workOf(gpu, candidate) };
  }
}

function workOf(gpu: Gpu, candidate: Candidate): { macs: number; bytes: number } {
  const lowering = new Lowering(gpu);
  candidate.lower(lowering);
  const bytesOf = (tensor: Tensor): number => tensor.length * elementBytes(tensor);
  const { dispatched } = lowering;
  return {
    macs: dispatched.reduce((sum, { macs }) => sum + macs, 0),
    bytes: dispatched.flatMap(({ buffers }) => buffers).reduce((sum, { tensor }) => sum + bytesOf(tensor), 0),
  };
}
