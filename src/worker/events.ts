import type { WorkerEvent } from '../protocol/api.js';
import { toErrorRecord } from '../vit/errors.js';
import { moved } from './answers.js';

/** The shortest time between two progress events, in milliseconds. */
const BUSY_MILLISECONDS = 100;

/** Sends events to the page. What happens before the page listens is not sent. */
export class Events {
  #listener: ((event: WorkerEvent) => void) | null = null;
  #busyTasks = 0;
  #lastBusy = 0;

  listen(listener: (event: WorkerEvent) => void): void {
    this.#listener = listener;
  }

  send(event: WorkerEvent): void {
    this.#listener?.(event.kind === 'map' ? moved(event, event.map) : event);
  }

  error(thrown: unknown, runId?: string): void {
    const error = toErrorRecord(thrown);
    this.send(runId === undefined ? { kind: 'error', error } : { kind: 'error', error, runId });
  }

  busy(what: string, done: number, total: number): void {
    const due = this.dueBusy();
    if (done < total && !due) return;
    this.send({ kind: 'busy', what, done, total });
  }

  /** Whether the next progress event may be sent; it counts as sent if so. */
  dueBusy(): boolean {
    const now = performance.now();
    if (now - this.#lastBusy < BUSY_MILLISECONDS) return false;
    this.#lastBusy = now;
    return true;
  }

  /** Whether some work runs that {@link Events.during} was told of. */
  get working(): boolean {
    return this.#busyTasks > 0;
  }

  /** Tells that the worker is idle when the last of the works that run at once is done. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busyTasks++;
    try {
      return await work();
    } finally {
      if (--this.#busyTasks === 0) this.send({ kind: 'idle' });
    }
  }
}
