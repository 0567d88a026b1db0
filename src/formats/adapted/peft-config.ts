/** PEFT's `adapter_config.json`: which computation an adapter stands for, and the name of the first option that is not supported. */
import { z } from 'zod';
import { PlaygroundError } from '../../vit/errors.js';

const patterns = z.record(z.string(), z.number()).nullish();

export const peftConfigSchema = z.looseObject({
  peft_type: z.string(),
  r: z.number().nullish(),
  lora_alpha: z.number().nullish(),
  base_model_name_or_path: z.string().nullish(),
  use_rslora: z.boolean().nullish(),
  use_dora: z.boolean().nullish(),
  bias: z.string().nullish(),
  lora_bias: z.boolean().nullish(),
  rank_pattern: patterns,
  alpha_pattern: patterns,
  init_lora_weights: z.union([z.boolean(), z.string()]).nullish(),
});
export type PeftConfig = z.infer<typeof peftConfigSchema>;

/** Values of `init_lora_weights` that leave the backbone's own weights unchanged. */
const HARMLESS_BEGINNINGS = /^(gaussian|orthogonal|eva|true|false)$/i;

/** Options that make LoRA a different computation, with a word for each. */
const OTHER_COMPUTATIONS: Readonly<Record<string, string>> = {
  use_qalora: 'QA-LoRA (use_qalora)',
  use_bdlora: 'BD-LoRA (use_bdlora)',
  layer_replication: 'repeated layers (layer_replication)',
  alora_invocation_tokens: 'activated LoRA (alora_invocation_tokens)',
  arrow_config: 'Arrow (arrow_config)',
  corda_config: 'CorDA (corda_config)',
  loftq_config: 'LoftQ (loftq_config)',
};

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && !(typeof value === 'object' && Object.keys(value).length === 0);

/** Throws, by the option's name, for an adapter that computes something other than W + factor B A. */
export function requirePlainLora(config: PeftConfig, file: string): void {
  const refuse = (what: string): PlaygroundError =>
    new PlaygroundError('weights.unsupported-architecture', `${file}: is a PEFT adapter with ${what}, which is not supported`, {
      subject: file,
    });
  if (config.peft_type.toUpperCase() !== 'LORA') throw refuse(`peft_type '${config.peft_type}' (only LORA is taken)`);
  if (config.use_dora) throw refuse('DoRA (use_dora)');
  if (config.bias && config.bias !== 'none') throw refuse(`trained biases (bias '${config.bias}')`);
  if (config.lora_bias) throw refuse('biases of its own (lora_bias)');
  const beginning = config.init_lora_weights;
  if (typeof beginning === 'string' && !HARMLESS_BEGINNINGS.test(beginning)) {
    throw new PlaygroundError(
      'weights.unsupported-architecture',
      `${file}: is a PEFT adapter whose init_lora_weights '${beginning}' changes the backbone's own weights, so that it does not fit the original backbone; save it with path_initial_model_for_weight_conversion, or merge it`,
      { subject: file },
    );
  }
  for (const [option, what] of Object.entries(OTHER_COMPUTATIONS)) if (isSet(config[option])) throw refuse(what);
}

/**
 * The value of the first entry whose key fits the module's name, as PEFT looks it up: a regular expression that the name ends with, from
 * its beginning or a dot on. Throws `weights.unsupported-architecture` for a key that is no regular expression.
 */
function byPattern(values: PeftConfig['alpha_pattern'], module: string): number | undefined {
  for (const [key, value] of Object.entries(values ?? {})) {
    try {
      if (new RegExp(`^(.*\\.)?(${key})$`).test(module)) return value;
    } catch (cause) {
      const message = `adapter_config.json: its alpha_pattern has the key '${key}', which is no regular expression that is read here`;
      throw new PlaygroundError('weights.unsupported-architecture', message, { cause });
    }
  }
  return undefined;
}

/**
 * The factor of the LoRA product for a module at this rank. Ranks that differ by layer (`rank_pattern`) are those of the tensors.
 *
 * @param module its name as the adapter has it, without PEFT's prefix.
 */
export function loraFactor(config: PeftConfig, rank: number, module: string): number {
  const alpha = byPattern(config.alpha_pattern, module) ?? config.lora_alpha ?? rank;
  return config.use_rslora ? alpha / Math.sqrt(rank) : alpha / rank;
}
