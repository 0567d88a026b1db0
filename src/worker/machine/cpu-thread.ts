import { Member } from '../../engine/machines/cpu/member.js';
import type { Order } from '../../engine/machines/cpu/messages.js';

/**
 * Settles when every order that had arrived was taken. A task of the thread's own queue, where the browser has them: a message to itself
 * goes through another thread, which has to wait for a processor when all of them compute.
 */
const pause = 'scheduler' in self ? (): Promise<void> => self.scheduler.postTask(() => undefined) : messageToMyself();

function messageToMyself(): () => Promise<void> {
  const channel = new MessageChannel();
  const pauses: (() => void)[] = [];
  channel.port1.onmessage = () => pauses.shift()?.();
  return () =>
    new Promise((resolve) => {
      pauses.push(resolve);
      channel.port2.postMessage(null);
    });
}

// The one message to the thread itself is the port that orders come through.
self.onmessage = ({ data: port }: MessageEvent<MessagePort>) => {
  const member = new Member((answer, transfer) => port.postMessage(answer, { transfer: [...transfer] }), pause);
  port.onmessage = ({ data }: MessageEvent<Order>) => member.take(data);
};
