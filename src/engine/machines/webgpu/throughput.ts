/**
 * What a weak adapter surely does in a second, in multiply-accumulates: an integrated GPU, and two cores with SwiftShader. A strong
 * one shows its rate in its first run.
 */
const CAREFUL = { hardware: 4e10, software: 2e9 } as const;

/** Windows ends a submission after about two seconds, and a page that shares the GPU stutters long before. */
const SUBMISSION_SECONDS = 0.25;

/** A run that waits for others, or is too small to keep the adapter busy, looks slow: what was seen before fades this slowly. */
const FADE = 0.9;

/** The rate that an adapter was seen to compute at, which says how much work a submission may hold. */
export class Throughput {
  #macsPerSecond: number;

  constructor(hardware: boolean) {
    this.#macsPerSecond = CAREFUL[hardware ? 'hardware' : 'software'];
  }

  get macsPerSubmission(): number {
    return this.#macsPerSecond * SUBMISSION_SECONDS;
  }

  /** @param seconds from the submission of `macs` multiply-accumulates until they were done. */
  learn(macs: number, seconds: number): void {
    if (seconds > 0) this.#macsPerSecond = Math.max(macs / seconds, FADE * this.#macsPerSecond);
  }
}
