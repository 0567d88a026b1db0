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
 * Gives each lifetime a slot so that overlapping lifetimes never share one. The smallest free slot that is large enough is taken; if none
 * is, the largest free slot grows; if none is free, a slot is added. Slots become separate buffers, because WebGPU does not allow a
 * dispatch to read and write the same buffer, even in different ranges.
 * @returns the slot of each lifetime, in the order given, and the bytes of each slot.
 */
export function assignSlots(lifetimes: readonly Lifetime[]): { slotOf: number[]; slotBytes: number[] } {
  const slotOf = new Array<number>(lifetimes.length).fill(0);
  const slotBytes: number[] = [];
  const busyUntil: number[] = [];
  const order = lifetimes
    .map((lifetime, index) => ({ lifetime, index }))
    .sort((a, b) => a.lifetime.first - b.lifetime.first || b.lifetime.bytes - a.lifetime.bytes);
  for (const { lifetime, index } of order) {
    let best = -1;
    for (let slot = 0; slot < slotBytes.length; slot++) {
      if ((busyUntil[slot] ?? 0) >= lifetime.first) continue;
      if (best < 0 || better(slotBytes[slot] ?? 0, slotBytes[best] ?? 0, lifetime.bytes)) best = slot;
    }
    if (best < 0) {
      best = slotBytes.length;
      slotBytes.push(0);
    }
    slotBytes[best] = Math.max(slotBytes[best] ?? 0, lifetime.bytes);
    busyUntil[best] = lifetime.last;
    slotOf[index] = best;
  }
  return { slotOf, slotBytes };
}

function better(candidate: number, current: number, bytes: number): boolean {
  if (candidate >= bytes) return current < bytes || candidate < current;
  return current < bytes && candidate > current;
}
