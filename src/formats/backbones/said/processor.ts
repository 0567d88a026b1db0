/** transformers' image processors: `preprocessor_config.json`, or `image_processor` inside `processor_config.json`. */
import { z } from 'zod';
import { PlaygroundError } from '../../../vit/errors.js';
import { RESAMPLINGS, type Framing, type Resampling } from '../../../vit/framing.js';
import { readIf } from './read.js';
import type { Normalisation, SaidOfModel } from './types.js';

const statistic = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])], {
  error: 'a number, or one for each of red, green and blue, was expected',
});

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
  crop_pct: z.number().positive().max(1).nullish(),
  do_flip_channel_order: z.boolean().nullish(),
  include_top: z.boolean().nullish(),
});
/** Keys of which such a file has at least one. */
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
 * The normalisation that the processor applies to pixels from 0 to 255, expressed as mean and deviation for pixels from 0 to 1. A processor
 * multiplies by a factor f (1 without rescaling; some subtract 1 afterwards), then computes (y - mean) / std, so that for x in 0..1, y =
 * 255 f x - offset. Undefined where the file does not say it.
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

/** Processors for which a single number means the shorter edge; for the others it means both sides. */
const BY_SHORTER_EDGE = /^(Bit|CLIP|ConvNext|LevitFeature|LevitImage)/;

/** Steps that change every pixel and are not supported here. */
const OTHER_STEPS = [
  ['do_flip_channel_order', 'takes blue for red'],
  ['include_top', 'normalises twice'],
] as const;

/** Processors that resize to more than the given size: to it divided by this share, or by their own `crop_pct`. */
const ENLARGING: readonly (readonly [RegExp, number])[] = [
  [/^ConvNext/, 224 / 256],
  [/^Levit/, 224 / 256],
  [/^PoolFormer/, 0.9],
];
/** From this size on, ConvNeXt's processor stretches the picture and cuts nothing. */
const CONVNEXT_WHOLE = 384;

function refuseOtherSteps(processor: Processor, from: string): void {
  const step = OTHER_STEPS.find(([key]) => processor[key] === true);
  if (!step) return;
  const message = `${from}: the image processor ${step[1]} (${step[0]}), which is not supported`;
  throw new PlaygroundError('weights.unsupported-architecture', message, { subject: from });
}

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

/** @param type of the processor. Where the file names no filter, ViT's processor takes bilinear and all others bicubic. */
function resamplingOf(resample: Processor['resample'], type: string): Resampling {
  const custom = /^ViT(Image|Feature)/.test(type) ? 'bilinear' : 'bicubic';
  if (typeof resample === 'string') return RESAMPLINGS.find((name) => name === resample.toLowerCase()) ?? custom;
  return PIL_FILTERS[resample ?? -1] ?? custom;
}

/**
 * The size that a picture is resized to, and the size that is cut from its middle; undefined where nothing is resized or no size is given.
 */
function stepsOf(processor: Processor, type: string): { readonly resized: Lengths; readonly cut: Lengths } | undefined {
  const asked = lengths.safeParse(processor.size);
  if (!asked.success || processor.do_resize === false) return undefined;
  const given = lengthsOf(asked.data, type);
  const isConvNext = type.startsWith('ConvNext');
  if (isConvNext && given.edge >= CONVNEXT_WHOLE) return { resized: { ...given, shortest: false }, cut: given };
  const share = given.shortest ? ENLARGING.find(([name]) => name.test(type))?.[1] : undefined;
  const resized = share === undefined ? given : { ...given, edge: Math.trunc(given.edge / (processor.crop_pct ?? share)) };
  if (isConvNext) return { resized, cut: given };
  const middle = lengths.safeParse(processor.crop_size);
  return { resized, cut: processor.do_center_crop && middle.success ? lengthsOf(middle.data, type) : resized };
}

/**
 * How the processor makes a square of a picture; undefined where the file does not say. A square larger than what it is cut from would have
 * borders, so the whole resized picture is taken instead. Throws `weights.unsupported-architecture` where the result is not a square.
 */
function framingOf(processor: Processor, from: string): Framing | undefined {
  const type = processor.image_processor_type ?? processor.feature_extractor_type ?? '';
  const steps = stepsOf(processor, type);
  if (!steps) return undefined;
  const { resized, cut } = steps;
  if (!resized.square || !cut.square) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `${from}: resizes pictures to a shape that is not square, which is not supported`,
      { subject: from },
    );
  }
  const side = Math.min(cut.edge, resized.edge);
  return {
    side,
    fit: resized.shortest ? 'shortest-edge' : 'stretch',
    share: side / resized.edge,
    resampling: resamplingOf(processor.resample, type),
  };
}

/** What an image processor's configuration says; undefined where it is another file. */
export function readProcessor(value: unknown, from: string): SaidOfModel | undefined {
  const nested = nestedSchema.safeParse(value);
  if (nested.success) return readProcessor(nested.data.image_processor, from);
  const data = readIf(markSchema, schema, value, from);
  if (!data) return undefined;
  refuseOtherSteps(data, from);
  const normalisation = normalisationOf(data);
  const framing = framingOf(data, from);
  return {
    ...(normalisation ? { normalisation: { value: normalisation, from } } : {}),
    ...(framing ? { framing: { value: framing, from } } : {}),
  };
}
