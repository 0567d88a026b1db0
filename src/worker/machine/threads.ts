import type { Answer, Order, StartMember } from '../../engine/machines/cpu/messages.js';

/** The message of a thread whose scripts have loaded and that takes orders. */
export const LOADED = 'loaded';

/** Settles when the latest thread has loaded, failed or been stopped. */
let previous: Promise<void> = Promise.resolve();

/**
 * Starts a thread once the one before has loaded, and holds its orders back until then: in Firefox a worker that starts another while
 * one is still loading can hang forever.
 */
export const startThread: StartMember = (onAnswer) => {
  const waiting: Order[] = [];
  let thread: Worker | undefined;
  let stopped = false;
  const before = previous;
  let loaded: () => void = () => undefined;
  previous = new Promise((resolve) => (loaded = resolve));

  const start = (): void => {
    if (stopped) return loaded();
    const worker = new Worker(new URL('./cpu-thread.ts', import.meta.url), { type: 'module', name: 'cpu' });
    thread = worker;
    worker.onmessage = ({ data }: MessageEvent<Answer | typeof LOADED>) => {
      if (data === LOADED) loaded();
      else onAnswer(data);
    };
    worker.onerror = ({ message }) => {
      loaded();
      onAnswer({ kind: 'failed', message: message || 'its script did not load' });
    };
    for (const order of waiting.splice(0)) worker.postMessage(order);
  };
  void before.then(start);

  return {
    post: (order, transfer) => {
      if (thread) thread.postMessage(order, { transfer: [...transfer] });
      // A copy: the memory that the order names may be overwritten before the order is sent.
      else waiting.push(structuredClone(order, { transfer: [...transfer] }));
    },
    stop: () => {
      stopped = true;
      thread?.terminate();
      loaded();
    },
  };
};
