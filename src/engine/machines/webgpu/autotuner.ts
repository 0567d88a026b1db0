import { compileDispatches } from './compile.js';
import type { Gpu } from './device.js';
import { Lowering, type Candidate, type Choices } from './lowering.js';

/** Where choices outlive a session: local storage in a page, a file in Node. Keys name the adapter. */
export interface TunerMemory {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

const REPEATS = 4;
/** The first candidate is the one expected to win here; another takes its place only where it is this much faster. */
const CLEAR_WIN = 0.85;
/** A candidate whose first run takes this many times the best so far is not run again. */
const HOPELESS = 3;

/**
 * Chooses among kernels that compute the same thing by running them on this adapter, and remembers. All candidates of one key
 * must give the same bits, since another session may choose otherwise.
 */
export class Autotuner implements Choices {
  readonly #chosen = new Map<string, string>();
  readonly #gpu: Gpu;
  readonly #memory: TunerMemory | undefined;

  constructor(gpu: Gpu, memory?: TunerMemory) {
    this.#gpu = gpu;
    this.#memory = memory;
  }

  known(key: string): string | undefined {
    return this.#chosen.get(key);
  }

  async settle(key: string, candidates: readonly Candidate[]): Promise<void> {
    if (this.#chosen.has(key)) return;
    const stored = `${this.#gpu.adapter.name}|${key}`;
    const remembered = this.#memory?.get(stored);
    if (remembered !== undefined && candidates.some(({ name }) => name === remembered)) {
      this.#chosen.set(key, remembered);
      return;
    }
    let best = { name: candidates[0]?.name ?? '', milliseconds: Number.POSITIVE_INFINITY };
    for (const candidate of candidates) {
      const milliseconds = await this.#measure(candidate, best.milliseconds);
      const needed = candidate === candidates[0] ? best.milliseconds : CLEAR_WIN * best.milliseconds;
      if (milliseconds < needed) best = { name: candidate.name, milliseconds };
    }
    this.#chosen.set(key, best.name);
    this.#memory?.set(stored, best.name);
  }

  async #measure(candidate: Candidate, bestSoFar: number): Promise<number> {
    const gpu = this.#gpu;
    const lowering = new Lowering(gpu);
    candidate.lower(lowering);
    const commands = await compileDispatches(gpu, {
      label: `tune ${candidate.name}`,
      dispatched: lowering.dispatched,
      kept: [],
    });
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round <= REPEATS; round++) {
      await gpu.device.queue.onSubmittedWorkDone();
      const started = performance.now();
      commands.run({ seed: 0, number: 0, images: 1 });
      await gpu.device.queue.onSubmittedWorkDone();
      const milliseconds = performance.now() - started;
      // The first run also pays for what the driver does late.
      if (round > 0) best = Math.min(best, milliseconds);
      else if (milliseconds > HOPELESS * bestSoFar) {
        best = milliseconds;
        break;
      }
    }
    commands.destroy();
    return best;
  }
}
