import type { RunRecord } from '../../protocol/run.js';
import { trainsBackbone } from '../../vit/adapters/index.js';
import { BUNDLED } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { WeightReader } from '../types.js';

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Tells weights from any others by their numbers, 32 hexadecimal digits: the same whatever form of file they come in and whatever it
 * is called. Reads every tensor once, one at a time.
 */
export async function fingerprintOfWeights(reader: WeightReader): Promise<string> {
  const lines: string[] = [];
  for (const name of [...reader.names()].sort()) {
    const { shape, data } = await reader.read(name);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    lines.push(`${name} [${shape.join()}] ${hexadecimal(await sha256(bytes))}`);
  }
  return hexadecimal(await sha256(new TextEncoder().encode(lines.join('\n')))).slice(0, 32);
}

/** Of the bundled backbone's reader, which stays the same for a visit. */
const fingerprints = new WeakMap<WeightReader, Promise<string>>();

function fingerprintOnce(reader: WeightReader): Promise<string> {
  const fingerprint = fingerprints.get(reader) ?? fingerprintOfWeights(reader);
  fingerprints.set(reader, fingerprint);
  return fingerprint;
}

/**
 * Throws `option.invalid` where a run was trained on other weights than those that are bundled now: an earlier version bundled others,
 * of the same sizes and under the same name. A record that has no fingerprint is from then if its numerics are the first; one that was
 * made of a file of weights alone, without epochs, does not say.
 *
 * @param reader of the bundled backbone; asked for only where its weights have to be looked at.
 * @param remedy what a person can do, to end the sentence.
 */
export async function requireSameBundled(
  run: Pick<RunRecord, 'name' | 'configuration' | 'epochs' | 'numerics' | 'backboneFingerprint'>,
  reader: () => WeightReader,
  remedy: string,
): Promise<void> {
  const { name, configuration, epochs, numerics = 1, backboneFingerprint } = run;
  if (configuration.model !== BUNDLED || trainsBackbone(configuration.peft)) return;
  const same =
    backboneFingerprint === undefined
      ? numerics > 1 || epochs.length === 0
      : backboneFingerprint === (await fingerprintOnce(reader()));
  if (same) return;
  throw new PlaygroundError(
    'option.invalid',
    `${name}: was trained on the backbone that an earlier version bundled, whose weights are others than today's; ${remedy}`,
    { subject: 'model' },
  );
}
