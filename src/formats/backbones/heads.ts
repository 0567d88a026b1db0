import type { ResolvedTensor } from '../types.js';

/**
 * A distilled network answers with the mean of two heads. A file with a single head (transformers' `DeiTForImageClassification`) gives
 * exactly the same answers with that head doubled and a second head of zeros.
 */
export function withBothHeads(tensors: ReadonlyMap<string, ResolvedTensor>): Map<string, ResolvedTensor> {
  const both = new Map(tensors);
  if (tensors.has('head_dist.weight')) return both;
  for (const part of ['weight', 'bias']) {
    const own = tensors.get(`head.${part}`);
    if (!own) continue;
    const { shape } = own;
    both.set(`head.${part}`, { shape, read: async () => ({ shape, data: (await own.read()).data.map((value) => 2 * value) }) });
    both.set(`head_dist.${part}`, {
      shape,
      read: async () => ({ shape, data: new Float32Array((await own.read()).data.length) }),
    });
  }
  return both;
}
