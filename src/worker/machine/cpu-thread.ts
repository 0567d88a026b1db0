import { Member } from '../../engine/machines/cpu/member.js';
import type { Order } from '../../engine/machines/cpu/messages.js';
import { LOADED } from './threads.js';

/** Carries messages from the thread to itself: one arrives after every order that had arrived before it was sent. */
const channel = new MessageChannel();
const pauses: (() => void)[] = [];
channel.port1.onmessage = () => pauses.shift()?.();

const member = new Member(
  (answer, transfer) => self.postMessage(answer, { transfer: [...transfer] }),
  () =>
    new Promise((resolve) => {
      pauses.push(resolve);
      channel.port2.postMessage(null);
    }),
);
self.onmessage = ({ data }: MessageEvent<Order>) => member.take(data);
self.postMessage(LOADED);
