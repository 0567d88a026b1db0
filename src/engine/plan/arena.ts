import type { Tensor } from './tensor.js';

/** When a tensor is in use: from the first step of a plan that uses it to the last, both included. */
export interface Lifetime {
  readonly bytes: number;
  first: number;
  last: number;
}

/**
 * The lifetimes of a plan's own tensors, which need places in its arena. Tensors of storages need none.
 * @param steps the tensors that each step of the plan uses, in the order of the steps.
 * @param kept tensors that the host writes or reads; they are in use from the first step to the last.
 */
export function lifetimesOf(steps: readonly (readonly Tensor[])[], kept: Iterable<Tensor>): Map<Tensor, Lifetime> {
  const lifetimes = new Map<Tensor, Lifetime>();
  const bytesOf = ({ length }: Tensor): number => Math.max(16, length * 4);
  steps.forEach((tensors, index) => {
    for (const tensor of tensors) {
      if (tensor.external) continue;
      const known = lifetimes.get(tensor);
      if (known) known.last = index;
      else lifetimes.set(tensor, { bytes: bytesOf(tensor), first: index, last: index });
    }
  });
  for (const tensor of kept) {
    if (!tensor.external) lifetimes.set(tensor, { bytes: bytesOf(tensor), first: 0, last: Number.POSITIVE_INFINITY });
  }
  return lifetimes;
}

/**
 * Gives each lifetime a slot so that overlapping lifetimes never share one. The largest are placed first, each into the smallest slot that
 * is free for its whole life; so a small tensor that lives long never holds a slot that a large one needs meanwhile. Slots become separate
 * buffers, because WebGPU does not allow a dispatch to read and write the same buffer, even in different ranges.
 * @returns the slot of each lifetime, in the order given, and the bytes of each slot.
 */
export function assignSlots(lifetimes: readonly Lifetime[]): { slotOf: number[]; slotBytes: number[] } {
  const slotOf = new Array<number>(lifetimes.length).fill(0);
  /** By falling size, since each slot is as large as the first tensor in it. */
  const slots: Lifetime[][] = [];
  const order = lifetimes
    .map((lifetime, index) => ({ lifetime, index }))
    .sort((a, b) => b.lifetime.bytes - a.lifetime.bytes || a.lifetime.first - b.lifetime.first);
  for (const { lifetime, index } of order) {
    let slot = slots.findLastIndex((held) => held.every((other) => apart(other, lifetime)));
    if (slot < 0) slot = slots.push([]) - 1;
    slots[slot]?.push(lifetime);
    slotOf[index] = slot;
  }
  return { slotOf, slotBytes: slots.map(([largest]) => largest?.bytes ?? 0) };
}

const apart = (one: Lifetime, other: Lifetime): boolean => one.last < other.first || other.last < one.first;
