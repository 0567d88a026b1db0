import type { RunRecord } from '../../protocol/runs/run.js';
import { trainsBackbone } from '../../vit/adapters/index.js';
import { BUNDLED } from '../../vit/configuration.js';
import { PlaygroundError } from '../../vit/errors.js';
import type { WeightReader } from '../types.js';

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Identifies weights by their numbers, with 32 hexadecimal digits: the result is the same for any file format and any file name. Reads
 * every tensor once, one at a time.
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

/** Fingerprints of readers. The bundled backbone's reader stays the same for a whole visit. */
const fingerprints = new WeakMap<WeightReader, Promise<string>>();

function fingerprintOnce(reader: WeightReader): Promise<string> {
  const fingerprint = fingerprints.get(reader) ?? fingerprintOfWeights(reader);
  fingerprints.set(reader, fingerprint);
  return fingerprint;
}

/**
 * Throws `option.invalid` where a run was trained on other weights than those that are bundled now. An earlier version bundled other
 * weights of the same sizes under the same name. A record without a fingerprint is of that version if its numerics are 1. A record without
 * epochs was made from a file of weights alone, and tells nothing.
 *
 * @param reader of the bundled backbone; called only where its weights have to be looked at.
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
