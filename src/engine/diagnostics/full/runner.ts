import type { FullRow } from '../../../protocol/benchmark/full.js';
import { toErrorRecord } from '../../../vit/errors.js';
import type { Machine } from '../../plan/machine.js';
import { OutOfTime, type Budget } from './budget.js';

/** Seconds that are reserved for finishing the measurement under way and for the report. */
export const KEPT_BACK = 15;
/** How many runs of a plan a measurement takes, its profile included. */
const RUNS = 5;

/** One thing to measure. It gives rows, and is skipped where it would take longer than the time that is left. */
export interface Task {
  readonly what: string;
  /** Multiply-accumulates, for an estimate of its time. */
  readonly macs: number;
  readonly run: (machine: Machine, budget: Budget) => AsyncGenerator<FullRow, void>;
}

/** The machine in use and the speed that was measured on it. Tasks that give up in time keep it; a task that fails costs it. */
export class Runner {
  #machine: Promise<Machine> | null = null;
  #secondsPerMac = 0;
  readonly #open: () => Promise<Machine>;

  readonly #whole: Budget;
  readonly #grace: number;

  /**
   * @param whole the budget of all tasks; what is under way at its end is abandoned.
   * @param open opens the machine, and opens it again after it was lost.
   * @param grace how many seconds after the end of all tasks' budget something may still be under way.
   */
  constructor(whole: Budget, open: () => Promise<Machine>, grace = KEPT_BACK / 3) {
    this.#whole = whole;
    this.#open = open;
    this.#grace = grace;
  }

  machine(): Promise<Machine> {
    this.#machine ??= this.#open();
    return this.#machine;
  }

  async close(): Promise<void> {
    const machine = await this.#machine?.catch(() => null);
    machine?.destroy();
    this.#machine = null;
  }

  /** Leaves a machine that something still runs on, since destroying it would wait for that. */
  #abandon(): void {
    this.#machine = null;
  }

  /** Runs the tasks that fit into the budget, in order. A task that does not fit or fails gives a row that says so. */
  async *all(tasks: readonly Task[], budget: Budget): AsyncGenerator<FullRow, void> {
    for (const task of tasks) {
      if (budget.left === 0 || task.macs * RUNS * this.#secondsPerMac > budget.left) {
        yield missing(task.what, OUT_OF_TIME);
        continue;
      }
      yield* this.#one(task, budget);
    }
  }

  async *#one(task: Task, budget: Budget): AsyncGenerator<FullRow, void> {
    const machine = await this.machine();
    const rows = task.run(machine, budget);
    const lost = machine.lost.then((error) => ({ error }));
    const end = deadline(this.#whole.left + this.#grace);
    try {
      for (;;) {
        const next = rows.next();
        // An abandoned task may still fail later, and nobody handles that.
        next.catch(() => undefined);
        const first = await Promise.race([next, lost, end.late]);
        if ('error' in first) throw first.error;
        if ('late' in first) {
          this.#abandon();
          throw new OutOfTime('it had not ended when the time was over');
        }
        if (first.done) return;
        this.#learn(first.value);
        yield first.value;
      }
    } catch (thrown) {
      yield missing(task.what, toErrorRecord(thrown).message);
      if (!(thrown instanceof OutOfTime)) await this.close();
    } finally {
      end.clear();
    }
  }

  /** Updates the speed: from the fastest product at first, and from networks as soon as one was measured. */
  #learn(row: FullRow): void {
    if (row.section !== 'plan' && row.section !== 'product') return;
    const seen = 2 / (row.teraflops * 1e12);
    const better = this.#secondsPerMac === 0 || seen < this.#secondsPerMac;
    if (row.section === 'plan' || better) this.#secondsPerMac = seen;
  }
}

/** Why something was not measured that would have taken too long. */
export const OUT_OF_TIME = 'it did not fit into the time';

export const missing = (what: string, why: string): FullRow => ({ section: 'missing', what, why });

/** A promise that settles when the time is over, and a function that cancels its timer. */
function deadline(seconds: number): { readonly late: Promise<{ readonly late: true }>; readonly clear: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<{ readonly late: true }>((resolve) => {
    timer = setTimeout(() => resolve({ late: true }), 1000 * seconds);
  });
  return { late, clear: () => clearTimeout(timer) };
}
