/** The JSON files beside weights, recognised by their keys and not by their names. */
import { z } from 'zod';
import type { ByteSource } from '../../../containers/bytes.js';
import { looksLikeSafetensors } from '../../../containers/safetensors/safetensors.js';
import { parseJsonStrictly } from '../../../containers/safetensors/strict-json.js';
import { PlaygroundError } from '../../../vit/errors.js';
import { peftConfigSchema, type PeftConfig } from '../../adapted/peft-config.js';
import { readProcessor } from './processor.js';
import { readTimmConfig } from './timm.js';
import { readTransformersConfig } from './transformers.js';
import type { ConfigurationFiles, SaidOfModel } from './types.js';

const MAX_JSON = 16 * 2 ** 20;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

/** Files that the model cannot be understood without. A damaged one is an error; a damaged file of another name is only noted. */
const NEEDED = /(^|\/)(config|preprocessor_config|processor_config|adapter_config|[^/]*\.index)\.json$/;

/** Whether the file begins as a JSON object does, perhaps behind spaces or a byte order mark. Reads at most 64 bytes. */
export async function looksLikeJson(source: ByteSource): Promise<boolean> {
  if (source.size < 2 || source.size > MAX_JSON) return false;
  const start = new TextDecoder().decode(await source.read(0, Math.min(64, source.size)));
  return start.trimStart().startsWith('{') && !(await looksLikeSafetensors(source));
}

/** The file's JSON without a byte order mark, and with null for `NaN` and `Infinity`, which Python writes although JSON has neither. */
async function readJson(source: ByteSource): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(0, source.size);
  const json = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(json);
  if (!/\b(NaN|Infinity)\b/.test(text)) return json;
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) => (found.startsWith('"') ? found : 'null'));
  return new TextEncoder().encode(plain);
}

async function parse(source: ByteSource): Promise<{ value: unknown } | null> {
  try {
    return { value: parseJsonStrictly(await readJson(source), `${source.name}: the file`, source.name) };
  } catch (thrown) {
    if (NEEDED.test(source.name) || !(thrown instanceof PlaygroundError) || thrown.code !== 'file.damaged') throw thrown;
    return null;
  }
}

/** Of two indices, the one for safetensors is preferred. */
function chooseIndex(first: ByteSource | undefined, second: ByteSource): ByteSource {
  if (!first) return second;
  const isSafe = (index: ByteSource): boolean => /safetensors/.test(index.name);
  if (isSafe(first) !== isSafe(second)) return isSafe(first) ? first : second;
  throw new PlaygroundError('usage', `${second.name}: a second index of shards was given beside ${first.name}`);
}

/**
 * Reads the configuration files beside weights. A processor's own file is more specific about pixels than the model's, so it comes first.
 */
export async function readConfigurationFiles(sources: readonly ByteSource[]): Promise<ConfigurationFiles> {
  let index: ByteSource | undefined;
  let peft: PeftConfig | undefined;
  const processors: SaidOfModel[] = [];
  const models: SaidOfModel[] = [];
  const notes: string[] = [];
  for (const source of sources) {
    const parsed = await parse(source);
    const from = source.name;
    const value = parsed?.value;
    const adapter = peftConfigSchema.safeParse(value);
    const timm = readTimmConfig(value, from);
    const model = readTransformersConfig(value, from);
    const processor = readProcessor(value, from);
    if (adapter.success) {
      if (peft)
        throw new PlaygroundError('usage', `${from}: the configuration of a second adapter was given, and one can be taken`);
      peft = adapter.data;
    } else if (indexSchema.safeParse(value).success) index = chooseIndex(index, source);
    else if (timm) models.push(timm);
    else if (model) models.push(model);
    else if (processor) processors.push(processor);
    else notes.push(`${from} was given too and says nothing about the model.`);
  }
  return { index, peft, said: [...processors, ...models], notes };
}
