import type { Gpu } from './device.js';
import type { Plan } from './plan.js';
import { PlanRecorder, type Candidate, type Choices } from './recorder.js';

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
  private readonly chosen = new Map<string, string>();

  constructor(
    readonly gpu: Gpu,
    private readonly memory?: TunerMemory,
  ) {}

  known(key: string): string | undefined {
    return this.chosen.get(key);
  }

  /** What was chosen so far, by key. */
  get choices(): ReadonlyMap<string, string> {
    return this.chosen;
  }

  async settle(key: string, candidates: readonly Candidate[]): Promise<void> {
    if (this.chosen.has(key)) return;
    const stored = `${this.gpu.adapter.name}|${key}`;
    const remembered = this.memory?.get(stored);
    if (remembered !== undefined && candidates.some(({ name }) => name === remembered)) {
      this.chosen.set(key, remembered);
      return;
    }
    let best = { name: candidates[0]?.name ?? '', milliseconds: Number.POSITIVE_INFINITY };
    for (const candidate of candidates) {
      const milliseconds = await this.measure(candidate, best.milliseconds);
      const needed = candidate === candidates[0] ? best.milliseconds : CLEAR_WIN * best.milliseconds;
      if (milliseconds < needed) best = { name: candidate.name, milliseconds };
    }
    this.chosen.set(key, best.name);
    this.memory?.set(stored, best.name);
  }

  private async measure(candidate: Candidate, bestSoFar: number): Promise<number> {
    const recorder = new PlanRecorder(this.gpu, `tune ${candidate.name}`);
    candidate.record(recorder);
    const plan = await recorder.compile();
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round <= REPEATS; round++) {
      await this.gpu.device.queue.onSubmittedWorkDone();
      const started = performance.now();
      plan.run({ seed: 0, number: 0, images: 1 });
      await this.gpu.device.queue.onSubmittedWorkDone();
      const milliseconds = performance.now() - started;
      // The first run also pays for what the driver does late.
      if (round > 0) best = Math.min(best, milliseconds);
      else if (milliseconds > HOPELESS * bestSoFar) {
        best = milliseconds;
        break;
      }
    }
    plan.destroy();
    return best;
  }
}

/**
 * Records twice: once to see which choices the plan needs, and after they are measured once more for good.
 * @param record must record the same operations both times; what it returns the second time comes back with the plan.
 */
export async function buildPlan<T>(
  tuner: Autotuner,
  label: string,
  record: (plan: PlanRecorder) => T,
  onProgress?: (done: number, total: number) => void,
): Promise<{ readonly plan: Plan; readonly handles: T }> {
  const rehearsal = new PlanRecorder(tuner.gpu, label, tuner);
  record(rehearsal);
  const steps = rehearsal.pending.size + rehearsal.dispatches;
  let settled = 0;
  for (const [key, candidates] of rehearsal.pending) {
    await tuner.settle(key, candidates);
    onProgress?.(++settled, steps);
  }
  const recorder = new PlanRecorder(tuner.gpu, label, tuner);
  const handles = record(recorder);
  const plan = await recorder.compile((done) => onProgress?.(settled + done, steps));
  return { plan, handles };
}
