import { z } from 'zod';
import type { Feature } from './types.js';

const classSchema = z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()) });
const typeSchema = z.object({ _type: z.string() });
const featuresSchema = z.record(z.string(), z.unknown());
/** The form in a file's own metadata; `dataset_info.json` has the inner object alone. */
const infoSchema = z.object({ info: z.object({ features: featuresSchema }) });
const datasetInfoSchema = z.object({ features: featuresSchema });

function featureOf(declared: unknown): Feature {
  const label = classSchema.safeParse(declared);
  if (label.success) return { kind: 'class', names: label.data.names };
  const type = typeSchema.safeParse(declared);
  if (type.success && type.data._type === 'Image') return { kind: 'picture' };
  const list = Array.isArray(declared) || (type.success && /^(List|LargeList|Sequence)$/.test(type.data._type));
  return { kind: list ? 'list' : 'other' };
}

/**
 * The columns as the `datasets` library declares them in JSON. Empty where the text is missing or has another form: files can be read
 * without it.
 */
export function featuresFromJson(text: string | null | undefined): ReadonlyMap<string, Feature> {
  if (text === null || text === undefined) return new Map();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new Map();
  }
  const inside = infoSchema.safeParse(value);
  const beside = datasetInfoSchema.safeParse(value);
  const features = inside.success ? inside.data.info.features : beside.success ? beside.data.features : {};
  return new Map(Object.entries(features).map(([name, declared]) => [name, featureOf(declared)] as const));
}
