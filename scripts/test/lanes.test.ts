import { expect, it } from 'vitest';
import { inLanes } from './lanes.js';

it('works on several at once, begins in the given order, and keeps it in the results', async () => {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const all = inLanes([10, 11, 12, 13], 2, async (item) => {
    begun.push(item);
    await new Promise<void>((resolve) => ends.set(item, resolve));
    return 2 * item;
  });
  expect(begun).toEqual([10, 11]);
  for (const item of [11, 12, 13, 10]) {
    await expect.poll(() => begun).toContain(item);
    ends.get(item)?.();
  }
  expect(await all).toEqual([20, 22, 24, 26]);
});

it('works with one lane, and without items', async () => {
  expect(await inLanes([1, 2], 1, async (item) => item)).toEqual([1, 2]);
  expect(await inLanes([], 2, async (item) => item)).toEqual([]);
});
