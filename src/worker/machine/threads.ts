import type { Answer, Order, StartMember } from '../../engine/machines/cpu/messages.js';

/** What a thread says once its scripts have loaded, before it takes orders. */
export const LOADED = 'loaded';

/** Settles when the thread that was asked for last has loaded, or will not. */
let previous: Promise<void> = Promise.resolve();

/**
 * Starts a thread of the browser once the one before has loaded: Firefox can stand still for good in a worker that starts another
 * while one still loads. Orders wait here until then.
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
      // As it is now: what it names may be written to before it goes.
      else waiting.push(structuredClone(order, { transfer: [...transfer] }));
    },
    stop: () => {
      stopped = true;
      thread?.terminate();
      loaded();
    },
  };
};
