import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Answer, Order } from '../../engine/machines/cpu/messages.js';
import type { ThreadRequest } from '../../protocol/threads.js';
import { threadsBy } from './threads.js';

let requests: ThreadRequest[];
const startThread = threadsBy((request) => requests.push(request));

/** What was asked for last. */
const sent = (): ThreadRequest => {
  const request = requests.at(-1);
  if (!request) throw new Error('no thread was asked for');
  return request;
};
const next = <T>(port: MessagePort): Promise<T> =>
  new Promise((resolve) => (port.onmessage = ({ data }: MessageEvent<T>) => resolve(data)));

beforeEach(() => {
  requests = [];
});

afterEach(() => {
  for (const { orders, control } of requests) for (const port of [orders, control]) port.close();
});

test('orders wait for the thread as they were when they were given, and its answers come back', async () => {
  const answered = new Promise<Answer>((resolve) => {
    const thread = startThread(resolve);
    const data = Uint8Array.of(1);
    thread.post({ kind: 'write', writes: [{ at: 0, data }] }, []);
    data[0] = 2;
  });
  expect(await next<Order>(sent().orders)).toEqual({ kind: 'write', writes: [{ at: 0, data: Uint8Array.of(1) }] });
  sent().orders.postMessage({ kind: 'full' } satisfies Answer);
  expect(await answered).toEqual({ kind: 'full' });
});

test('a buffer is moved to the thread', async () => {
  const thread = startThread(() => undefined);
  const data = Uint8Array.of(7);
  thread.post({ kind: 'write', writes: [{ at: 0, data }] }, [data.buffer]);
  expect(data).toHaveLength(0);
  expect(await next<Order>(sent().orders)).toMatchObject({ writes: [{ data: Uint8Array.of(7) }] });
});

test('what the page says of a thread that fails is an answer', async () => {
  const answered = new Promise<Answer>((resolve) => void startThread(resolve));
  sent().control.postMessage('its script did not load');
  expect(await answered).toEqual({ kind: 'failed', message: 'its script did not load' });
});

test('the page is told to stop a thread', async () => {
  startThread(() => undefined).stop();
  expect(await next(sent().control)).toBe('stop');
});
