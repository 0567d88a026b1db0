import { describe, expect, test } from 'vitest';
import { PlaygroundError } from '../vit/errors.js';
import { epochOrder, PixelCache, readBatches, type PixelStore } from './batches.js';
import { openTask } from './tasks/index.js';
import type { Dataset } from './types.js';

class MemoryStore implements PixelStore {
  readonly kept = new Map<string, Uint8Array<ArrayBuffer>>();
  full = false;

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.kept.get(key);
  }

  async put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.full) throw new Error('the storage is full');
    this.kept.set(key, bytes.slice());
  }
}

/** A task that counts its drawings; the given pictures are broken. */
function counted(broken: readonly number[] = []): { dataset: Dataset; drawn: number[]; mostAtOnce: () => number } {
  const task = openTask('shapes', 0);
  const drawn: number[] = [];
  let underWay = 0;
  let most = 0;
  const dataset: Dataset = {
    ...task,
    async pixels(index, side) {
      drawn.push(index);
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      if (broken.includes(index)) throw new PlaygroundError('data.image', `${task.nameOf(index)}: breaks off`);
      return task.pixels(index, side);
    },
  };
  return { dataset, drawn, mostAtOnce: () => most };
}

const SIDE = 5;
const BYTES = SIDE * SIDE * 4;

test('an epoch visits every example once, in its own order', () => {
  const indices = [3, 1, 4, 15, 9, 2, 6];
  const order = epochOrder(1, 0, indices);
  expect([...order].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 6, 9, 15]);
  expect(epochOrder(1, 0, indices)).toEqual(order);
  expect(epochOrder(1, 1, indices)).not.toEqual(order);
  expect(epochOrder(2, 0, indices)).not.toEqual(order);
});

describe('the pixel cache', () => {
  test('decodes each picture once, at most three at a time', async () => {
    const { dataset, drawn, mostAtOnce } = counted();
    const cache = new PixelCache(dataset, SIDE);
    await Promise.all([cache.batch([0, 1, 2, 3, 4, 5, 6]), cache.get(3), cache.prepare([6, 5, 4, 7])]);
    expect(await cache.batch([7, 0])).toEqual(
      new Uint8Array([...(await dataset.pixels(7, SIDE)), ...(await dataset.pixels(0, SIDE))]),
    );
    expect(drawn.slice(0, 8).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(cache.memoryUsed).toBe(8 * BYTES);
    const alone = counted();
    await new PixelCache(alone.dataset, SIDE).prepare([0, 1, 2, 3, 4, 5, 6]);
    expect(alone.mostAtOnce()).toBe(3);
    expect(mostAtOnce()).toBeLessThanOrEqual(7);
  });

  test('pictures beyond the memory limit are kept in the store, where another cache finds them', async () => {
    const { dataset, drawn } = counted();
    const store = new MemoryStore();
    const cache = new PixelCache(dataset, SIDE, { store, memoryBytes: 2 * BYTES + 1 });
    await cache.prepare([0, 1, 2, 3]);
    expect(cache.memoryUsed).toBe(2 * BYTES);
    expect(await cache.batch([3, 2, 1, 0])).toEqual(await new PixelCache(openTask('shapes', 0), SIDE).batch([3, 2, 1, 0]));
    await new PixelCache(dataset, SIDE, { store }).batch([0, 1, 2, 3]);
    expect(drawn).toEqual([0, 1, 2, 3]);
    await new PixelCache(dataset, SIDE + 1, { store }).get(0);
    expect(drawn).toEqual([0, 1, 2, 3, 0]);
  });

  test('without a store, pictures that do not fit into memory are decoded again', async () => {
    const { dataset, drawn } = counted();
    const cache = new PixelCache(dataset, SIDE, { memoryBytes: BYTES });
    await cache.prepare([0, 1]);
    await cache.batch([0, 1]);
    expect(drawn).toEqual([0, 1, 1]);
  });

  test('a full store is no longer written to, and the reason is given', async () => {
    const { dataset } = counted();
    const store = new MemoryStore();
    store.full = true;
    const cache = new PixelCache(dataset, SIDE, { store });
    await cache.prepare([0, 1]);
    expect(cache.storeProblem).toBe('the storage is full');
    expect((await cache.get(0)).length).toBe(BYTES);
  });

  test('broken pictures are reported and left out', async () => {
    const { dataset } = counted([1, 3]);
    const cache = new PixelCache(dataset, SIDE);
    const progress: number[] = [];
    const broken = await cache.prepare([0, 1, 2, 3], { onProgress: (done) => progress.push(done) });
    expect(broken).toEqual([
      { name: 'shapes-0001', reason: 'shapes-0001: breaks off' },
      { name: 'shapes-0003', reason: 'shapes-0003: breaks off' },
    ]);
    expect(progress).toEqual([1, 2, 3, 4]);
    expect(cache.usable([0, 1, 2, 3])).toEqual([0, 2]);
    await expect(cache.get(1)).rejects.toMatchObject({ code: 'data.image' });
  });

  test('preparing can be cancelled', async () => {
    const { dataset, drawn } = counted();
    const stop = new AbortController();
    const indices = Array.from({ length: 50 }, (_, i) => i);
    const preparing = new PixelCache(dataset, SIDE).prepare(indices, {
      signal: stop.signal,
      onProgress: (done) => done === 4 && stop.abort(),
    });
    await expect(preparing).rejects.toMatchObject({ code: 'cancelled' });
    expect(drawn.length).toBeLessThan(12);
  });
});

describe('batches', () => {
  test.each([
    [7, 3, false, [3, 3, 1]],
    [7, 3, true, [3, 3]],
    [6, 3, true, [3, 3]],
    [1, 32, false, [1]],
    [1, 32, true, []],
    [0, 4, false, []],
  ])('%i pictures by %i, last one dropped: %s', async (count, size, dropLast, expected) => {
    const { dataset } = counted();
    const cache = new PixelCache(dataset, SIDE);
    const order = Array.from({ length: count }, (_, i) => count - 1 - i);
    const seen: number[] = [];
    const sizes: number[] = [];
    for await (const { indices, pixels, labels } of readBatches(cache, order, size, { dropLast })) {
      sizes.push(indices.length);
      seen.push(...indices);
      expect([...labels]).toEqual(indices.map((index) => dataset.label(index)));
      expect(pixels).toEqual(await cache.batch(indices));
    }
    expect(sizes).toEqual(expected);
    expect(seen).toEqual(order.slice(0, seen.length));
  });

  test('the next batch is read while the caller works on this one, and a failure reaches the caller', async () => {
    const { dataset, drawn } = counted([4]);
    const batches = readBatches(new PixelCache(dataset, SIDE), [0, 1, 2, 3, 4, 5], 2);
    await batches.next();
    while (drawn.length < 4) await new Promise((resolve) => setImmediate(resolve));
    expect(drawn).toEqual([0, 1, 2, 3]);
    await batches.next();
    while (drawn.length < 6) await new Promise((resolve) => setImmediate(resolve));
    await expect(batches.next()).rejects.toMatchObject({ code: 'data.image' });
  });
});
