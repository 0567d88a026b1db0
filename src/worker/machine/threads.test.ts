import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer, Order } from '../../engine/machines/cpu/messages.js';
import { LOADED, startThread } from './threads.js';

/** A browser's worker that loads when the test says so. */
class FakeWorker {
  static readonly made: FakeWorker[] = [];
  readonly orders: Order[] = [];
  ended = false;
  onmessage: ((event: { data: Answer | typeof LOADED }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;

  constructor() {
    FakeWorker.made.push(this);
  }

  postMessage(order: Order): void {
    this.orders.push(order);
  }

  terminate(): void {
    this.ended = true;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  FakeWorker.made.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
});

afterEach(() => {
  // Whoever waits would keep the next test's threads waiting.
  for (const worker of FakeWorker.made) worker.onmessage?.({ data: LOADED });
  vi.unstubAllGlobals();
});

test('a thread is started once the one before has loaded, and has its orders as they were when they were given', async () => {
  startThread(() => undefined);
  const second = startThread(() => undefined);
  await turn();
  expect(FakeWorker.made).toHaveLength(1);
  const data = Uint8Array.of(1);
  second.post({ kind: 'write', writes: [{ at: 0, data }] }, []);
  data[0] = 2;
  FakeWorker.made[0]?.onmessage?.({ data: LOADED });
  await turn();
  expect(FakeWorker.made).toHaveLength(2);
  expect(FakeWorker.made[1]?.orders).toEqual([{ kind: 'write', writes: [{ at: 0, data: Uint8Array.of(1) }] }]);
});

test('a thread whose script does not load is told of, and the next one starts all the same', async () => {
  const answers: Answer[] = [];
  startThread((answer) => answers.push(answer));
  startThread(() => undefined);
  await turn();
  FakeWorker.made[0]?.onerror?.({ message: '' });
  await turn();
  expect(answers).toEqual([{ kind: 'failed', message: 'its script did not load' }]);
  expect(FakeWorker.made).toHaveLength(2);
});

test('a thread that is stopped before its turn never starts, and holds nobody up', async () => {
  startThread(() => undefined);
  const second = startThread(() => undefined);
  startThread(() => undefined);
  second.stop();
  await turn();
  FakeWorker.made[0]?.onmessage?.({ data: LOADED });
  await turn();
  expect(FakeWorker.made).toHaveLength(2);
  expect(FakeWorker.made.every(({ ended }) => !ended)).toBe(true);
});
