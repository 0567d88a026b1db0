import { expect, it } from 'vitest';
import type { WorkerEvent } from '../../protocol/api.js';
import { createPump } from './pump.js';

it('applies once a frame: the latest of each value, and every error', () => {
  const frames: (() => void)[] = [];
  const applied: (readonly WorkerEvent[])[] = [];
  const push = createPump(
    (events) => applied.push(events),
    (callback) => frames.push(callback),
  );
  push({ kind: 'memory', gpuBytes: 1 });
  push({ kind: 'error', error: { code: 'internal', message: 'a' } });
  push({ kind: 'busy', what: 'compiling', done: 1, total: 2 });
  push({ kind: 'memory', gpuBytes: 2 });
  push({ kind: 'error', error: { code: 'internal', message: 'b' } });
  push({ kind: 'idle' });
  expect(frames.length).toBe(1);
  frames[0]?.();
  expect(applied).toEqual([
    [
      { kind: 'error', error: { code: 'internal', message: 'a' } },
      { kind: 'memory', gpuBytes: 2 },
      { kind: 'error', error: { code: 'internal', message: 'b' } },
      { kind: 'idle' },
    ],
  ]);
  push({ kind: 'memory', gpuBytes: 3 });
  expect(frames.length).toBe(2);
});
