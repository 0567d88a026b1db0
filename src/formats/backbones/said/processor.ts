/** transformers' image processors: `preprocessor_config.json`, or `image_processor` inside `processor_config.json`. */
import { z } from 'zod';
import { readIf } from './read.js';
import type { Normalisation, SaidOfModel } from './types.js';

const statistic = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]);

const schema = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  image_mean: statistic.nullish(),
  image_std: statistic.nullish(),
  do_normalize: z.boolean().nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  rescale_offset: z.boolean().nullish(),
});
/** What such a file has one of. */
const markSchema = z.union([
  z.looseObject({ image_processor_type: z.string() }),
  z.looseObject({ feature_extractor_type: z.string() }),
  z.looseObject({ image_mean: z.json(), image_std: z.json() }),
  z.looseObject({ do_normalize: z.boolean() }),
  z.looseObject({ do_rescale: z.boolean() }),
]);
const nestedSchema = z.looseObject({ image_processor: z.looseObject({}) });

type Processor = z.infer<typeof schema>;

const triple = (value: z.infer<typeof statistic>): readonly [number, number, number] =>
  typeof value === 'number' ? [value, value, value] : value;

/**
 * What the processor does to pixels from 0 to 255, as a mean and a deviation of pixels from 0 to 1: it multiplies by the factor f (1
 * without rescaling; some take 1 off), then (y - mean) / std, so that of x in 0..1, y = 255 f x - offset. Undefined where it does not say.
 */
function normalisationOf(processor: Processor): Normalisation | undefined {
  const { image_mean: mean, image_std: std } = processor;
  const normalises = processor.do_normalize ?? true;
  if (normalises && (mean === undefined || mean === null || std === undefined || std === null)) return undefined;
  const factor = 255 * ((processor.do_rescale ?? true) ? (processor.rescale_factor ?? 1 / 255) : 1);
  const offset = processor.rescale_offset ? 1 : 0;
  // 255 (1 / 255) is 1 in exact arithmetic.
  const scale = Math.abs(factor - 1) < 1e-9 ? 1 : Math.abs(factor - 2) < 1e-9 ? 2 : factor;
  const means = normalises ? triple(mean ?? 0) : triple(0);
  const deviations = normalises ? triple(std ?? 1) : triple(1);
  return { mean: means.map((value) => (value + offset) / scale), std: deviations.map((value) => value / scale) };
}

/** What an image processor's configuration says; undefined where it is another file. */
export function readProcessor(value: unknown, from: string): SaidOfModel | undefined {
  const nested = nestedSchema.safeParse(value);
  if (nested.success) return readProcessor(nested.data.image_processor, from);
  const data = readIf(markSchema, schema, value, from);
  if (!data) return undefined;
  const normalisation = normalisationOf(data);
  return normalisation ? { normalisation: { value: normalisation, from } } : {};
}
