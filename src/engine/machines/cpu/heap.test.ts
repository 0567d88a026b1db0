import { expect, test } from 'vitest';
import { Fixtures } from '../../../testing/fixtures.js';
import { Heap } from './heap.js';

test('ranges never overlap, begin at a cache line, and are used again after they were freed', () => {
  const random = new Fixtures(1);
  const heap = new Heap(1000);
  const taken: { readonly at: number; readonly bytes: number }[] = [];
  for (let round = 0; round < 500; round++) {
    if (taken.length > 0 && random.next() < 0.5) {
      const [gone] = taken.splice(Math.floor(random.next() * taken.length), 1);
      if (gone) heap.free(gone.at);
    } else {
      const bytes = Math.floor(random.next() * 5000);
      const at = heap.allocate(bytes);
      expect(at % 64).toBe(0);
      expect(at).toBeGreaterThanOrEqual(1000);
      for (const other of taken) expect(at + bytes <= other.at || other.at + other.bytes <= at).toBe(true);
      expect(heap.end).toBeGreaterThanOrEqual(at + bytes);
      taken.push({ at, bytes });
    }
  }
  for (const { at } of taken) heap.free(at);
  expect(heap.used).toBe(0);
  expect(heap.allocate(64)).toBe(1024);
  expect(heap.end).toBe(1088);
});

test('exceeding the memory is an error, and so is freeing an address that was not allocated', () => {
  const heap = new Heap(0);
  expect(() => heap.allocate(2 ** 32 + 1)).toThrow("the kernels' memory ends at 4294967296 bytes, and 0 are in use");
  expect(() => heap.free(64)).toThrow('nothing was placed at 64');
});
