import { measureOn } from '../autotuner.js';
import type { Gpu } from '../device.js';
import type { Candidate } from '../lowering.js';

/** One candidate's time. */
export interface CandidateTime {
  readonly candidate: string;
  readonly milliseconds: number;
}

/** Measures candidates of one choice one after the other, the likeliest first; the caller may stop between two. */
export async function* measureCandidates(gpu: Gpu, candidates: readonly Candidate[]): AsyncGenerator<CandidateTime, void> {
  const measure = measureOn(gpu);
  let best = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const milliseconds = await measure(candidate, best);
    best = Math.min(best, milliseconds);
    yield { candidate: candidate.name, milliseconds };
  }
}
