/** What a run was measured to be, beside its weights: a page that is taken away says how sure its answers are. */
import { z } from 'zod';
import type { Evaluation } from '../../protocol/run.js';

/** The key in the file's `__metadata__`. */
const KEY = 'pyra_playground_measured';

const measuredSchema = z.object({
  part: z.enum(['test', 'validation']),
  /** Pictures that it was measured on, at least one, and how many of them were named right. */
  images: z.number().int().min(1),
  right: z.number().int().min(0),
  /** How many of them are of the most frequent class: as many are right where that is always named. Null where nothing says it. */
  mostFrequent: z.number().int().min(0).nullable(),
});
export type Measured = z.infer<typeof measuredSchema>;

/** Of the test part once that was measured, else of the validation part; null where neither was. */
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

/** Null where the file says nothing of it that can be read: its weights are what they are all the same. */
export function readMeasured(metadata: Readonly<Record<string, string>>): Measured | null {
  try {
    return measuredSchema.safeParse(JSON.parse(metadata[KEY] ?? 'null')).data ?? null;
  } catch {
    return null;
  }
}
