import { Member } from '../../engine/machines/cpu/member.js';
import type { Order } from '../../engine/machines/cpu/messages.js';

/** Carries messages from the thread to itself: one arrives after every order that had arrived before it was sent. */
const channel = new MessageChannel();
const pauses: (() => void)[] = [];
channel.port1.onmessage = () => pauses.shift()?.();
const pause = (): Promise<void> =>
  new Promise((resolve) => {
    pauses.push(resolve);
    channel.port2.postMessage(null);
  });

// The one message to the thread itself is the port that orders come through.
self.onmessage = ({ data: port }: MessageEvent<MessagePort>) => {
  const member = new Member((answer, transfer) => port.postMessage(answer, { transfer: [...transfer] }), pause);
  port.onmessage = ({ data }: MessageEvent<Order>) => member.take(data);
};
