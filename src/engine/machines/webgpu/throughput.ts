/**
 * Multiply-accumulates that even a weak adapter does in a second: an integrated GPU, and SwiftShader on two cores. A faster one shows its
 * rate in its first run.
 */
const CAREFUL = { hardware: 4e10, software: 2e9 } as const;

/** The longest submission in seconds. Windows aborts one after about two seconds, and a page on the same GPU stutters much earlier. */
const SUBMISSION_SECONDS = 0.25;

/** How slowly a measured rate is forgotten. A run that waits for others, or is too small to keep the adapter busy, only seems slow. */
const FADE = 0.9;

/** Measures the rate at which an adapter computes, and decides how much work a submission may hold. */
export class Throughput {
  #macsPerSecond: number;

  constructor(hardware: boolean) {
    this.#macsPerSecond = CAREFUL[hardware ? 'hardware' : 'software'];
  }

  get macsPerSubmission(): number {
    return this.#macsPerSecond * SUBMISSION_SECONDS;
  }

  /** @param seconds the time from submitting `macs` multiply-accumulates until they were done. */
  learn(macs: number, seconds: number): void {
    if (seconds > 0) this.#macsPerSecond = Math.max(macs / seconds, FADE * this.#macsPerSecond);
  }
}
