/** The JSON files that lie beside weights: recognised by their keys, not by their names. */
import { z } from 'zod';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { peftConfigSchema, type PeftConfig } from '../adapted/peft.js';
import { looksLikeSafetensors } from '../../containers/safetensors.js';
import { parseJsonStrictly } from '../../containers/strict-json.js';

const MAX_JSON = 16 * 2 ** 20;

const triple = z.tuple([z.number(), z.number(), z.number()]);
const count = z.number().int().min(1).max(1e6);

/** transformers' `config.json`. */
const modelConfigSchema = z.looseObject({
  hidden_size: count,
  num_attention_heads: count,
  layer_norm_eps: z.number().positive().max(1).optional(),
  hidden_act: z.string().optional(),
  model_type: z.string().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
});
/** transformers' `preprocessor_config.json`. */
const preprocessorSchema = z.looseObject({ image_mean: triple, image_std: triple });
const pretrainedSchema = z.looseObject({ mean: triple.optional(), std: triple.optional() });
/** timm's `config.json`; older ones keep the normalisation at the top. */
const timmConfigSchema = z.looseObject({
  architecture: z.string(),
  global_pool: z.string().optional(),
  pretrained_cfg: pretrainedSchema.optional(),
  mean: triple.optional(),
  std: triple.optional(),
});
const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** What configuration files say about a model; everything may be unsaid. */
export interface ConfigurationFiles {
  readonly index: ByteSource | undefined;
  readonly heads: { readonly value: number; readonly from: string } | undefined;
  readonly layerNormEpsilon: { readonly value: number; readonly from: string } | undefined;
  readonly normalisation:
    { readonly mean: readonly number[]; readonly std: readonly number[]; readonly from: string } | undefined;
  readonly embedDim: { readonly value: number; readonly from: string } | undefined;
  /** Of the classes, in order. */
  readonly labels: readonly string[] | undefined;
  /** PEFT's `adapter_config.json`. */
  readonly peft: PeftConfig | undefined;
  /** A property of the model that is not supported, as a sentence. */
  readonly unsupported: string | undefined;
  readonly notes: readonly string[];
}

/** Whether the file begins as a JSON object does. Reads 10 bytes. */
export async function looksLikeJson(source: ByteSource): Promise<boolean> {
  if (source.size < 2 || source.size > MAX_JSON) return false;
  return (await source.read(0, 1))[0] === 0x7b && !(await looksLikeSafetensors(source));
}

/** The labels by their numbers from 0 on; undefined where a number is missing. */
function labelsInOrder(byNumber: Readonly<Record<string, string>>): readonly string[] | undefined {
  const labels: string[] = [];
  for (let number = 0; number < Object.keys(byNumber).length; number++) {
    const label = byNumber[String(number)];
    if (label === undefined) return undefined;
    labels.push(label);
  }
  return labels;
}

export async function readConfigurationFiles(sources: readonly ByteSource[]): Promise<ConfigurationFiles> {
  type Writable = { -readonly [Key in keyof ConfigurationFiles]: ConfigurationFiles[Key] };
  const found: Writable = {
    index: undefined,
    heads: undefined,
    layerNormEpsilon: undefined,
    normalisation: undefined,
    embedDim: undefined,
    labels: undefined,
    peft: undefined,
    unsupported: undefined,
    notes: [],
  };
  for (const source of sources) {
    const value = parseJsonStrictly(await source.read(0, source.size), `${source.name}: the file`, source.name);
    const from = source.name;
    const index = indexSchema.safeParse(value);
    const model = modelConfigSchema.safeParse(value);
    const preprocessor = preprocessorSchema.safeParse(value);
    const timm = timmConfigSchema.safeParse(value);
    const peft = peftConfigSchema.safeParse(value);
    if (peft.success) {
      found.peft = peft.data;
    } else if (index.success) {
      if (found.index)
        throw new PlaygroundError('usage', `${from}: a second index of shards was given beside ${found.index.name}`);
      found.index = source;
    } else if (model.success) {
      const { hidden_size, num_attention_heads, layer_norm_eps, hidden_act, id2label } = model.data;
      found.heads = { value: num_attention_heads, from };
      found.embedDim = { value: hidden_size, from };
      found.labels = id2label && labelsInOrder(id2label);
      if (layer_norm_eps !== undefined) found.layerNormEpsilon = { value: layer_norm_eps, from };
      if (hidden_act !== undefined && hidden_act !== 'gelu') {
        found.unsupported = `${from}: the model's activation is '${hidden_act}', and only the exact 'gelu' is supported`;
      }
    } else if (preprocessor.success) {
      found.normalisation = { mean: preprocessor.data.image_mean, std: preprocessor.data.image_std, from };
    } else if (timm.success) {
      const { global_pool, pretrained_cfg } = timm.data;
      const mean = pretrained_cfg?.mean ?? timm.data.mean;
      const std = pretrained_cfg?.std ?? timm.data.std;
      // A preprocessor's own file, where given too, is nearer to the pixels.
      if (mean && std) found.normalisation ??= { mean, std, from };
      if (global_pool !== undefined && global_pool !== '' && global_pool !== 'token') {
        found.unsupported = `${from}: the model pools by '${global_pool}', and only the class token ('token') is supported`;
      }
    } else {
      found.notes = [...found.notes, `${from} was given too and says nothing about the model.`];
    }
  }
  return found;
}
