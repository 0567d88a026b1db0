import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isThreadRequest, openThread, type ThreadRequest } from './threads.js';

/** A browser's worker, in which nothing runs. */
class FakeWorker extends EventTarget {
  static readonly made: FakeWorker[] = [];
  readonly received: unknown[] = [];
  ended = false;

  constructor() {
    super();
    FakeWorker.made.push(this);
  }

  postMessage(message: unknown): void {
    this.received.push(message);
  }

  terminate(): void {
    this.ended = true;
  }
}

const orders = new MessageChannel();
const control = new MessageChannel();
const request: ThreadRequest = { kind: 'start-thread', orders: orders.port2, control: control.port2 };

beforeEach(() => {
  FakeWorker.made.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
});

afterEach(() => vi.unstubAllGlobals());

test('a request is distinguished from messages of Comlink', () => {
  expect(isThreadRequest(request)).toBe(true);
  for (const message of [{ id: '1', type: 'RAW', value: 3 }, 'start-thread', null]) expect(isThreadRequest(message)).toBe(false);
});

test('a thread is given the port that its orders come through', () => {
  openThread(request);
  expect(FakeWorker.made.map(({ received }) => received)).toEqual([[orders.port2]]);
});

test('a thread whose script does not load is reported, and a stopped thread ends', async () => {
  openThread(request);
  const thread = FakeWorker.made[0];
  const told = new Promise((resolve) => (control.port1.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data)));
  thread?.dispatchEvent(Object.assign(new Event('error'), { message: '' }));
  expect(await told).toBe('its script did not load');
  control.port1.postMessage('stop');
  await vi.waitFor(() => expect(thread?.ended).toBe(true));
});
