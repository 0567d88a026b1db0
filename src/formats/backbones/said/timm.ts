/** timm's `config.json`, and the same facts in the `args` of a checkpoint of timm's training script. */
import { z } from 'zod';
import { timmFamily } from '../families.js';
import { labelsInOrder, named } from './labels.js';
import { readIf } from './read.js';
import type { Normalisation, SaidOfModel } from './types.js';
import { withoutUndefined } from './transformers.js';
import { RESAMPLINGS, type Framing } from '../../../vit/framing.js';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const count = z.number().int().min(1).max(1e6);
const size = z.union([count, z.tuple([count, count])]);

/** Families with stages give a list here. They are refused by their name, so the list is ignored. */
const notByStage = z.preprocess((value) => (Array.isArray(value) ? undefined : value), count.nullish());
const labelNames = z.union([z.array(z.string()), z.record(z.string(), z.string())]).nullish();
const modelArgsSchema = z.looseObject({
  num_heads: notByStage,
  embed_dim: notByStage,
  depth: notByStage,
  img_size: size.nullish(),
  patch_size: size.nullish(),
  global_pool: z.string().nullish(),
  act_layer: z.string().nullish(),
  norm_layer: z.string().nullish(),
});
const pretrainedSchema = z.looseObject({
  mean: triple.nullish(),
  std: triple.nullish(),
  input_size: z.tuple([count, count, count]).nullish(),
  interpolation: z.string().nullish(),
  crop_pct: z.number().positive().max(4).nullish(),
  crop_mode: z.string().nullish(),
  label_names: labelNames,
});
const schema = z.looseObject({
  architecture: z.string(),
  global_pool: z.string().nullish(),
  num_features: count.nullish(),
  pretrained_cfg: pretrainedSchema.nullish(),
  model_args: modelArgsSchema.nullish(),
  // timm's own name for label_names before version 1.
  labels: labelNames,
  // Older ones keep what is in pretrained_cfg at the top.
  ...pretrainedSchema.shape,
});
export type TimmConfig = z.infer<typeof schema>;

/** Arguments that change the computation without any tensor showing it, each with the values that change nothing. */
const SILENT: Readonly<Record<string, readonly unknown[]>> = {
  act_layer: ['gelu'],
  norm_layer: ['layernorm', 'layernormfp32'],
  block_fn: [],
  mlp_layer: ['mlp'],
  attn_layer: ['attention', 'attn'],
  rope_type: ['', 'none'],
  qk_norm: [false],
  scale_attn_norm: [false],
  scale_mlp_norm: [false],
  use_rot_pos_emb: [false],
};

/** The height and width of the pictures. */
function pictureSize({ model_args, pretrained_cfg, input_size }: TimmConfig): readonly [number, number] | undefined {
  const asked = model_args?.img_size;
  if (typeof asked === 'number') return [asked, asked];
  if (asked) return asked;
  const input = pretrained_cfg?.input_size ?? input_size;
  return input ? [input[1], input[2]] : undefined;
}

/** How timm makes a square of a picture for evaluation; undefined where its configuration gives no crop share. */
function framingOf(config: TimmConfig): Framing | undefined {
  const { crop_pct: share, crop_mode: mode, interpolation } = config.pretrained_cfg?.crop_pct ? config.pretrained_cfg : config;
  if (share === undefined || share === null) return undefined;
  return {
    side: pictureSize(config)?.[0] ?? null,
    fit: mode === 'squash' ? 'stretch' : 'shortest-edge',
    share: Math.min(1, share),
    resampling: RESAMPLINGS.find((name) => name === interpolation) ?? 'bicubic',
  };
}

/** How a vision transformer of that name pools, where its name says that it is not by the class token. */
function poolByName(architecture: string): string | undefined {
  const [, pool] = /^vit_\w*_(gap|map)(?:_|$)/.exec(architecture) ?? [];
  return pool === 'gap' ? 'avg' : pool;
}

function refusal(from: string, config: TimmConfig): string | undefined {
  const args = config.model_args ?? {};
  const family = timmFamily(config.architecture);
  if (family !== undefined) {
    return `${from}: the architecture '${config.architecture}' is ${family}, which is not supported`;
  }
  const pool = args.global_pool ?? config.global_pool ?? poolByName(config.architecture);
  if (typeof pool === 'string' && pool !== '' && pool !== 'token') {
    return `${from}: the model pools by '${pool}', and only the class token ('token') is supported`;
  }
  for (const [key, harmless] of Object.entries(SILENT)) {
    const value = args[key];
    if (value === undefined || value === null || harmless.includes(value)) continue;
    return `${from}: the model was made with ${key} ${JSON.stringify(value)}, which is not supported`;
  }
  const [height, width] = pictureSize(config) ?? [0, 0];
  if (height !== width) {
    return `${from}: the pictures are ${height} x ${width} pixels, and ones that are not square are not supported`;
  }
  return undefined;
}

function labelsOf({ label_names, labels, pretrained_cfg }: TimmConfig): readonly string[] | undefined {
  const names = label_names ?? labels ?? pretrained_cfg?.label_names;
  if (!names) return undefined;
  return Array.isArray(names) ? named(names) : labelsInOrder(names);
}

function saidBy(config: TimmConfig, from: string): SaidOfModel {
  const args = config.model_args ?? {};
  const mean = config.pretrained_cfg?.mean ?? config.mean;
  const std = config.pretrained_cfg?.std ?? config.std;
  const normalisation: Normalisation | undefined = mean && std ? { mean, std } : undefined;
  const said = <T>(value: T | undefined | null): { value: T; from: string } | undefined =>
    value === undefined || value === null ? undefined : { value, from };
  const patch = args.patch_size;
  return withoutUndefined({
    unsupported: refusal(from, config),
    labels: labelsOf(config),
    timmName: said(config.architecture),
    heads: said(args.num_heads),
    embedDim: said(args.embed_dim),
    depth: said(args.depth),
    // Only an image size that was asked for counts: the size of the pretrained weights may differ from that of this model.
    imageSize: said(pictureSize(config)?.[0]),
    patchSize: said(typeof patch === 'number' ? patch : undefined),
    normalisation: said(normalisation),
    framing: said(framingOf(config)),
    layerNormEpsilon: undefined,
    modelType: undefined,
  });
}

/** What timm's `config.json` says; undefined where it is another file. */
export function readTimmConfig(value: unknown, from: string): SaidOfModel | undefined {
  const config = readIf(z.looseObject({ architecture: z.string() }), schema, value, from);
  return config && saidBy(config, from);
}

/**
 * What a checkpoint's `args` say, where its training script was timm's or one like it: the model's name and its options. The values are
 * texts, lists are JSON.
 */
export function readTrainingArguments(metadata: Readonly<Record<string, string>>, file: string): SaidOfModel | undefined {
  const name = metadata['args.model'] ?? metadata['arch'];
  const given = (key: string): unknown => {
    const text = metadata[`args.${key}`];
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return text;
    }
  };
  const plain = Object.fromEntries(
    Object.entries({
      architecture: name,
      global_pool: poolOf(given('gp') ?? given('global_pool')),
      mean: given('mean'),
      std: given('std'),
      ...sizeOf(given('input_size')),
      crop_pct: given('crop_pct'),
      interpolation: given('interpolation'),
      crop_mode: given('crop_mode'),
      model_args: { ...objectOf(given('model_kwargs')), ...withKey('img_size', given('img_size')) },
    }).filter(([, value]) => value !== undefined && value !== null),
  );
  const from = `${file}'s training arguments`;
  const parsed = schema.safeParse(plain);
  if (parsed.success) return saidBy(parsed.data, from);
  return undefined;
}

/** MAE's and similar scripts have a switch here: the patches' mean or the class token. */
const poolOf = (value: unknown): string | undefined =>
  typeof value === 'boolean' ? (value ? 'avg' : 'token') : typeof value === 'string' ? value : undefined;

/** timm stores three numbers here, DeiT's script one. */
function sizeOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'number') return { input_size: [3, value, value] };
  return Array.isArray(value) && value.length === 3 ? { input_size: value } : {};
}

const withKey = (key: string, value: unknown): Record<string, unknown> =>
  value === undefined || value === null ? {} : { [key]: value };

function objectOf(value: unknown): Record<string, unknown> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(value);
  return parsed.success ? parsed.data : {};
}
