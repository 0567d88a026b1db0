import { parentPort } from 'node:worker_threads';
import { Member } from '../../engine/machines/cpu/member.js';
import type { Order } from '../../engine/machines/cpu/messages.js';

const port = parentPort;
if (!port) throw new Error('this file is a thread of the CPU machine');

const member = new Member(
  (answer, transfer) => port.postMessage(answer, [...transfer]),
  () => new Promise((resolve) => setImmediate(resolve)),
);
port.on('message', (order: Order) => member.take(order));
