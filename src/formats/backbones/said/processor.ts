/** transformers' image processors: `preprocessor_config.json`, or `image_processor` inside `processor_config.json`. */
import { z } from 'zod';
import { PlaygroundError } from '../../../vit/errors.js';
import { RESAMPLINGS, type Framing, type Resampling } from '../../../vit/framing.js';
import { readIf } from './read.js';
import type { Normalisation, SaidOfModel } from './types.js';

const statistic = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]);

const count = z.number().int().min(1).max(1e5);
const lengths = z.union([
  count,
  z.tuple([count, count]),
  z.object({ height: count, width: count }),
  z.object({ shortest_edge: count }),
  z.object({ longest_edge: count }),
]);

const schema = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  image_mean: statistic.nullish(),
  image_std: statistic.nullish(),
  do_normalize: z.boolean().nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: z.number().positive().nullish(),
  rescale_offset: z.boolean().nullish(),
  do_resize: z.boolean().nullish(),
  size: z.unknown().optional(),
  resample: z.union([z.number(), z.string()]).nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: z.unknown().optional(),
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

/** PIL's numbers of its filters. */
const PIL_FILTERS: readonly Resampling[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

/** Processors that take a number alone for the shorter edge; with the others it is both sides. */
const BY_SHORTER_EDGE = /^(Bit|CLIP|ConvNext|LevitFeature|LevitImage)/;

interface Lengths {
  readonly edge: number;
  readonly shortest: boolean;
  readonly square: boolean;
}

function lengthsOf(value: z.infer<typeof lengths>, type: string): Lengths {
  if (typeof value === 'number') return { edge: value, shortest: BY_SHORTER_EDGE.test(type), square: true };
  if (!Array.isArray(value) && 'shortest_edge' in value) return { edge: value.shortest_edge, shortest: true, square: true };
  if (!Array.isArray(value) && 'longest_edge' in value) return { edge: value.longest_edge, shortest: false, square: false };
  const [height, width] = Array.isArray(value) ? value : [value.height, value.width];
  return { edge: height, shortest: false, square: height === width };
}

/** @param type of the processor: where the file does not say how, ViT's takes the bilinear and the others the bicubic. */
function resamplingOf(resample: Processor['resample'], type: string): Resampling {
  const custom = /^ViT(Image|Feature)/.test(type) ? 'bilinear' : 'bicubic';
  if (typeof resample === 'string') return RESAMPLINGS.find((name) => name === resample.toLowerCase()) ?? custom;
  return PIL_FILTERS[resample ?? -1] ?? custom;
}

/**
 * How the processor makes a square of a picture; undefined where it does not resize, or does not say to what. A square that is cut out of less than itself would
 * have borders: it is all that there is. Throws `weights.unsupported-architecture` for what is no square.
 */
function framingOf(processor: Processor, from: string): Framing | undefined {
  const { size, crop_size: cropSize, do_center_crop: crops, do_resize: resizes, resample } = processor;
  const asked = lengths.safeParse(size);
  if (!asked.success || resizes === false) return undefined;
  const type = processor.image_processor_type ?? processor.feature_extractor_type ?? '';
  const resized = lengthsOf(asked.data, type);
  const middle = lengths.safeParse(cropSize);
  const cut = crops && middle.success ? lengthsOf(middle.data, type) : resized;
  if (!resized.square || !cut.square) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `${from}: makes pictures that are not square of what it is given, which is not supported`,
      { subject: from },
    );
  }
  const side = Math.min(cut.edge, resized.edge);
  return {
    side,
    fit: resized.shortest ? 'shortest-edge' : 'stretch',
    share: side / resized.edge,
    resampling: resamplingOf(resample, type),
  };
}

/** What an image processor's configuration says; undefined where it is another file. */
export function readProcessor(value: unknown, from: string): SaidOfModel | undefined {
  const nested = nestedSchema.safeParse(value);
  if (nested.success) return readProcessor(nested.data.image_processor, from);
  const data = readIf(markSchema, schema, value, from);
  if (!data) return undefined;
  const normalisation = normalisationOf(data);
  const framing = framingOf(data, from);
  return {
    ...(normalisation ? { normalisation: { value: normalisation, from } } : {}),
    ...(framing ? { framing: { value: framing, from } } : {}),
  };
}
