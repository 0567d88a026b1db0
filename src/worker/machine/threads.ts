import type { Answer, StartMember } from '../../engine/machines/cpu/messages.js';
import { openThread, type ThreadRequest } from '../../protocol/threads.js';

/**
 * Starts threads by asking for them. Orders wait in the port until the thread has loaded.
 *
 * @param ask passes the request to the place that starts threads.
 */
export const threadsBy =
  (ask: (request: ThreadRequest) => void): StartMember =>
  (onAnswer) => {
    const orders = new MessageChannel();
    const control = new MessageChannel();
    orders.port1.onmessage = ({ data }: MessageEvent<Answer>) => onAnswer(data);
    control.port1.onmessage = ({ data }: MessageEvent<string>) => onAnswer({ kind: 'failed', message: data });
    ask({ kind: 'start-thread', orders: orders.port2, control: control.port2 });

    return {
      post: (order, transfer) => orders.port1.postMessage(order, { transfer: [...transfer] }),
      stop: () => {
        control.port1.postMessage('stop');
        orders.port1.onmessage = null;
        control.port1.onmessage = null;
      },
    };
  };

/** Threads of a worker's page, which `store/browser/client.ts` starts. */
export const threadsOfPage: StartMember = threadsBy((request) =>
  self.postMessage(request, { transfer: [request.orders, request.control] }),
);

/** Starts threads directly, for a page, or for a worker in a browser that starts workers inside workers reliably. */
export const threadsHere: StartMember = threadsBy(openThread);
