/** transformers' `config.json`. */
import { z } from 'zod';
import { unsupportedFamily } from '../families.js';
import { labelsInOrder } from './labels.js';
import { readIf } from './read.js';
import type { SaidOfModel } from './types.js';

const count = z.number().int().min(1).max(1e6);
const side = z.union([count, z.tuple([count, count]), z.object({ height: count, width: count })]);

/** Families with stages give a list here. They are refused by their type, so the list is ignored. */
const byStage = (length: number) => (value: unknown) => (Array.isArray(value) && value.length !== length ? undefined : value);
const oneCount = z.preprocess(byStage(0), count.nullish());
const oneSide = z.preprocess(byStage(2), side.nullish());

const schema = z.looseObject({
  model_type: z.string().nullish(),
  hidden_size: oneCount,
  num_attention_heads: oneCount,
  num_hidden_layers: oneCount,
  image_size: oneSide,
  patch_size: oneSide,
  layer_norm_eps: z.number().positive().max(1).nullish(),
  hidden_act: z.string().nullish(),
  use_swiglu_ffn: z.boolean().nullish(),
  id2label: z.record(z.string(), z.string()).nullish(),
  label2id: z.record(z.string(), z.number()).nullish(),
  quantization_config: z.looseObject({ quant_method: z.string().nullish() }).nullish(),
  encoder: z.looseObject({ model_type: z.string() }).nullish(),
});

/** Keys that such a file always has. */
const markSchema = z.union([
  z.looseObject({ model_type: z.string() }),
  z.looseObject({ hidden_size: z.number(), num_attention_heads: z.number() }),
]);

/** Names of the exact GELU, x Φ(x). */
const EXACT_GELU = ['gelu', 'gelu_python'];

/** Model types whose tensors and arithmetic are those of a plain vision transformer. */
const SUPPORTED_TYPES = ['vit', 'deit', 'dinov2', 'dinov2_with_registers', 'vit_msn', 'vit_mae'];

function lengths(value: z.infer<typeof side>): readonly [number, number] {
  if (typeof value === 'number') return [value, value];
  return 'height' in value ? [value.height, value.width] : value;
}

function refusal(from: string, config: z.infer<typeof schema>): string | undefined {
  const { model_type: type, hidden_act: activation, use_swiglu_ffn: gated, quantization_config: quantised } = config;
  if (type && !SUPPORTED_TYPES.includes(type)) {
    return `${from}: the model is ${unsupportedFamily(type) ?? `of the type '${type}'`} (model_type '${type}'), and only plain vision transformers (${SUPPORTED_TYPES.join(', ')}) are supported`;
  }
  if (activation && !EXACT_GELU.includes(activation)) {
    return `${from}: the model's activation is '${activation}', and only the exact 'gelu' is supported`;
  }
  if (quantised) {
    const method = quantised.quant_method ? ` by ${quantised.quant_method}` : '';
    return `${from}: the weights are quantised${method} (quantization_config), which is not supported; give the model as it was before`;
  }
  if (gated) return `${from}: the model has gated MLPs (use_swiglu_ffn), which are not supported`;
  for (const [key, what] of [['image_size', 'pictures'] as const, ['patch_size', 'patches'] as const]) {
    const value = config[key];
    const [height, width] = value ? lengths(value) : [0, 0];
    if (height !== width) return `${from}: says ${key} ${height} x ${width}, and ${what} that are not square are not supported`;
  }
  return undefined;
}

function labelsOf({ id2label, label2id }: z.infer<typeof schema>): readonly string[] | undefined {
  if (id2label) return labelsInOrder(id2label);
  const numbered = Object.entries(label2id ?? {}).map(([label, number]) => [String(number), label] as const);
  return labelsInOrder(Object.fromEntries(numbered));
}

/**
 * What transformers' `config.json` says; undefined where it is another file. The configuration of an encoder inside another model is read
 * as well.
 */
export function readTransformersConfig(value: unknown, from: string): SaidOfModel | undefined {
  const config = readIf(markSchema, schema, value, from);
  if (!config) return undefined;
  if (config.encoder && !config.hidden_size) return readTransformersConfig(config.encoder, from);
  const { model_type: type, hidden_size: width, num_attention_heads: heads } = config;
  const unsupported = refusal(from, config);
  const labels = labelsOf(config);
  const said = <T>(found: T | undefined | null): { value: T; from: string } | undefined =>
    found === undefined || found === null ? undefined : { value: found, from };
  const square = (found: z.infer<typeof side> | undefined | null) => said(found ? lengths(found)[0] : undefined);
  return withoutUndefined({
    unsupported,
    labels,
    modelType: said(type),
    heads: said(heads),
    embedDim: said(width),
    depth: said(config.num_hidden_layers),
    imageSize: square(config.image_size),
    patchSize: square(config.patch_size),
    layerNormEpsilon: said(config.layer_norm_eps),
  });
}

/** The object without the entries that are undefined. */
export function withoutUndefined(said: { readonly [Key in keyof SaidOfModel]: SaidOfModel[Key] | undefined }): SaidOfModel {
  const { heads, layerNormEpsilon, normalisation, embedDim, depth, patchSize, imageSize, labels, modelType, timmName, framing } =
    said;
  return {
    ...(heads && { heads }),
    ...(layerNormEpsilon && { layerNormEpsilon }),
    ...(normalisation && { normalisation }),
    ...(embedDim && { embedDim }),
    ...(depth && { depth }),
    ...(patchSize && { patchSize }),
    ...(imageSize && { imageSize }),
    ...(framing && { framing }),
    ...(labels && { labels }),
    ...(modelType && { modelType }),
    ...(timmName && { timmName }),
    ...(said.unsupported !== undefined && { unsupported: said.unsupported }),
  };
}
