/** A run's measured accuracy, stored beside its weights, so that an exported page can say how reliable its answers are. */
import { z } from 'zod';
import type { Evaluation } from '../../protocol/runs/run.js';

/** The key in the file's `__metadata__`. */
const KEY = 'pyra_playground_measured';

const measuredSchema = z.object({
  part: z.enum(['test', 'validation']),
  /** Number of pictures that it was measured on, at least one, and how many of them were classified correctly. */
  images: z.number().int().min(1),
  right: z.number().int().min(0),
  /**
   * Number of these pictures in the most frequent class: always answering with that class would get as many right. Null where it is not
   * known.
   */
  mostFrequent: z.number().int().min(0).nullable(),
});
export type Measured = z.infer<typeof measuredSchema>;

/** The measurement of the test part if there is one, else of the validation part; null where neither was measured. */
export function measuredOf(run: { readonly test: Evaluation | null; readonly validation: Evaluation | null }): Measured | null {
  for (const part of ['test', 'validation'] as const) {
    const measured = run[part];
    if (!measured || measured.images === 0) continue;
    const { images, accuracy, confusion } = measured;
    const pictures = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
    return {
      part,
      images,
      right: Math.round(accuracy * images),
      mostFrequent: pictures.length > 0 ? Math.max(...pictures) : null,
    };
  }
  return null;
}

export const measuredEntry = (measured: Measured | null): Readonly<Record<string, string>> =>
  measured ? { [KEY]: JSON.stringify(measured) } : {};

/** Null where the file has no readable measurement. Its weights can be used all the same. */
export function readMeasured(metadata: Readonly<Record<string, string>>): Measured | null {
  try {
    return measuredSchema.safeParse(JSON.parse(metadata[KEY] ?? 'null')).data ?? null;
  } catch {
    return null;
  }
}
