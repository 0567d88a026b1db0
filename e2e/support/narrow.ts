import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteSourceFromBytes, openSafetensors, writeSafetensors } from '../../src/containers/safetensors/safetensors.js';
import type { NamedTensor } from '../../src/containers/tensors.js';

const BUNDLED = join(import.meta.dirname, '../../public/models/photo-formula-vit.safetensors');

/** The bundled backbone's first two blocks, without the number of heads, which no convention gives for 96 channels. */
export async function narrowBackbone(scale = 1, metadata: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
  const file = await openSafetensors(byteSourceFromBytes('vit', readFileSync(BUNDLED)));
  const tensors = new Map<string, NamedTensor>();
  for (const name of file.tensors.keys()) {
    if (Number(/^blocks\.(\d+)/.exec(name)?.[1] ?? 0) > 1) continue;
    const { shape, data } = await file.read(name);
    tensors.set(name, { shape, data: data.map((value) => value * scale) });
  }
  return writeSafetensors(tensors, { format: 'pt', ...metadata });
}
