import { measureOn } from '../autotuner.js';
import type { Gpu } from '../device.js';
import { productTrials, type ProductSizes } from '../operations/product.js';

/** One candidate's time for a product. */
export interface ProductTime {
  readonly candidate: string;
  readonly milliseconds: number;
}

/** Measures the candidates of a product one after the other, the likeliest first; the caller may stop between two. */
export async function* measureProduct(gpu: Gpu, sizes: ProductSizes): AsyncGenerator<ProductTime, void> {
  const measure = measureOn(gpu);
  let best = Number.POSITIVE_INFINITY;
  for (const candidate of productTrials(gpu, sizes)) {
    const milliseconds = await measure(candidate, best);
    best = Math.min(best, milliseconds);
    yield { candidate: candidate.name, milliseconds };
  }
}
