import type { Answer, Call, Job, Order, Range } from './messages.js';
import { Instance } from './module.js';

/** How long calls run before new messages are handled, in milliseconds. A single call may take longer. */
const SLICE = 10;

/**
 * A thread's part of the machine: a memory, the kernels on it, and the calls of every plan. It knows nothing about networks; the machine
 * keeps the addresses.
 */
export class Member {
  readonly #waiting: Order[] = [];
  readonly #plans = new Map<number, readonly (() => void)[]>();
  #instance: Instance | undefined;
  #busy = false;
  #failed = false;
  readonly #answer: (answer: Answer, transfer: readonly ArrayBuffer[]) => void;
  readonly #pause: () => Promise<void>;

  /**
   * @param answer sends an answer, and the buffers that move with it.
   * @param pause settles once messages that arrived meanwhile were handed to {@link Member.take}.
   */
  constructor(answer: (answer: Answer, transfer: readonly ArrayBuffer[]) => void, pause: () => Promise<void>) {
    this.#answer = answer;
    this.#pause = pause;
  }

  take(order: Order): void {
    this.#waiting.push(order);
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let order = this.#next(); order; order = this.#next()) {
        if (order.kind === 'job') await this.#run(order);
        else this.#follow(order);
      }
    } catch (thrown) {
      this.#failed = true;
      if (thrown instanceof Full) this.#answer({ kind: 'full' }, []);
      else this.#answer({ kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) }, []);
    }
    this.#busy = false;
  }

  #next(): Order | undefined {
    return this.#failed ? undefined : (this.#takeUrgent() ?? this.#waiting.shift());
  }

  /** An urgent job, if everything that waits before it is a job too. Other orders may prepare the memory for it, and must run first. */
  #takeUrgent(): Job | undefined {
    for (const [index, order] of this.#waiting.entries()) {
      if (order.kind !== 'job') return undefined;
      if (order.urgent) {
        this.#waiting.splice(index, 1);
        return order;
      }
    }
    return undefined;
  }

  #follow(order: Exclude<Order, Job>): void {
    if (order.kind === 'start') {
      this.#instance = new Instance(order.module);
      return;
    }
    const instance = this.#instance;
    if (!instance) throw new Error('cpu: the member has no kernels yet');
    switch (order.kind) {
      case 'reserve':
        reserve(instance, order.end);
        return;
      case 'write':
        for (const { at, data } of order.writes) instance.byteView(at, data.length).set(data);
        return;
      case 'pack':
        instance.byteView(order.from.at, order.from.data.length).set(order.from.data);
        instance.kernels[order.turned ? 'packTurned' : 'packWeight'](order.from.at, order.columns, order.depth, order.at);
        return;
      case 'prepare':
        this.#plans.set(
          order.plan,
          order.calls.map((call) => bound(instance, call)),
        );
        return;
      case 'forget':
        this.#plans.delete(order.plan);
    }
  }

  async #run(job: Job): Promise<void> {
    const instance = this.#instance;
    const calls = this.#plans.get(job.plan);
    if (!instance || !calls) throw new Error(`cpu: there is no plan ${job.plan}`);
    for (const { at, data } of job.writes) instance.byteView(at, data.length).set(data);
    const times = new Float64Array(job.timed ? calls.length : 0);
    if (job.urgent) tell('urgent work begins');
    let since = performance.now();
    for (const [index, call] of calls.entries()) {
      const began = job.timed ? performance.now() : 0;
      call();
      const now = performance.now();
      if (job.timed) times[index] = now - began;
      if (now - since < SLICE) continue;
      await this.#pause();
      for (let urgent = job.urgent ? undefined : this.#takeUrgent(); urgent; urgent = this.#takeUrgent()) await this.#run(urgent);
      since = performance.now();
    }
    if (job.urgent) tell('urgent work ends');
    const results = job.reads.map(({ at, bytes }: Range) => instance.byteView(at, bytes).slice().buffer);
    if (job.timed) results.push(times.buffer);
    this.#answer({ kind: 'done', number: job.number, results }, results);
  }
}

/** Shows a moment on the performance timeline to whoever observes it. It is not kept, since a run may train, and be mapped, for days. */
function tell(moment: 'urgent work begins' | 'urgent work ends'): void {
  performance.mark(moment);
  performance.clearMarks(moment);
}

/** Thrown where the memory has no room. */
class Full extends Error {}

function reserve(instance: Instance, end: number): void {
  try {
    instance.reserve(end);
  } catch (cause) {
    throw cause instanceof RangeError ? new Full('no room', { cause }) : cause;
  }
}

function bound({ kernels }: Instance, { kernel, numbers }: Call): () => void {
  const run = kernels[kernel];
  return () => {
    run(...numbers);
  };
}
