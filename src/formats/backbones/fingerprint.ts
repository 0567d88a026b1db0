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
