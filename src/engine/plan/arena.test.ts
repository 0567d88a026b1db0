import { expect, test } from 'vitest';
import { Fixtures } from '../../testing/fixtures.js';
import { assignSlots, type Lifetime } from './arena.js';

test('tensors in use at the same time never share a slot, and every slot is large enough', () => {
  const random = new Fixtures(7);
  for (let round = 0; round < 50; round++) {
    const lifetimes: Lifetime[] = Array.from({ length: 40 }, () => {
      const first = Math.floor(random.next() * 100);
      return { bytes: 16 + Math.floor(random.next() * 1000), first, last: first + Math.floor(random.next() * 20) };
    });
    const { slotOf, slotBytes } = assignSlots(lifetimes);
    lifetimes.forEach((a, i) => {
      expect(slotBytes[slotOf[i] ?? -1]).toBeGreaterThanOrEqual(a.bytes);
      lifetimes.forEach((b, j) => {
        if (i < j && slotOf[i] === slotOf[j]) expect(a.last < b.first || b.last < a.first).toBe(true);
      });
    });
  }
});

test('a chain of tensors of equal size takes two slots', () => {
  const chain = Array.from({ length: 10 }, (_, i) => ({ bytes: 64, first: i, last: i + 1 }));
  expect(assignSlots(chain).slotBytes).toEqual([64, 64]);
});
