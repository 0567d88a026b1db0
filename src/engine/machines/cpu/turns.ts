/**
 * Orders tasks: exclusive ones, which change what others read, run alone in the order in which they were handed over; shared ones run side
 * by side.
 */
export class Turns {
  /** Settles when the last exclusive task is done. */
  #alone: Promise<unknown> = Promise.resolve();
  /** Settles when everything that was handed over is done. */
  #all: Promise<unknown> = Promise.resolve();

  /** Runs after everything handed over before, and before everything handed over after. */
  exclusive<T>(task: () => Promise<T> | T): Promise<T> {
    const turn = this.#all.then(task);
    this.#alone = this.#all = turn.catch(() => undefined);
    return turn;
  }

  /** Runs after the last exclusive task handed over before, beside others. */
  shared<T>(task: () => Promise<T> | T): Promise<T> {
    const turn = this.#alone.then(task);
    this.#all = Promise.all([this.#all, turn.catch(() => undefined)]);
    return turn;
  }

  /** Starts now, whatever runs; exclusive tasks handed over after it wait for it all the same. */
  immediate<T>(task: () => Promise<T>): Promise<T> {
    const turn = task();
    this.#all = Promise.all([this.#all, turn.catch(() => undefined)]);
    return turn;
  }

  async settled(): Promise<void> {
    await this.#all;
  }
}
