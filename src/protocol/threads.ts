/**
 * The worker's request that the page start a thread of the CPU machine. The page does it, since in Firefox `new Worker` inside a
 * worker waits for the page's thread and can hang forever while that worker has a fetch or a file open.
 */
export interface ThreadRequest {
  readonly kind: 'start-thread';
  /** For the thread: orders come in, answers go out. */
  readonly orders: MessagePort;
  /** For the page: a string goes out when the thread fails; anything that comes in stops the thread. */
  readonly control: MessagePort;
}

/** Tells a request from the messages of Comlink, which take the same way. */
export const isThreadRequest = (message: unknown): message is ThreadRequest =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'start-thread';

/** Starts the thread. It ends when it is stopped, or with the page or worker that started it. */
export function openThread({ orders, control }: ThreadRequest): void {
  const thread = new Worker(new URL('../worker/machine/cpu-thread.ts', import.meta.url), { type: 'module', name: 'cpu' });
  thread.addEventListener('error', ({ message }) => control.postMessage(message || 'its script did not load'));
  control.onmessage = () => {
    thread.terminate();
    control.close();
  };
  thread.postMessage(orders, [orders]);
}
