import { PlaygroundError } from '../../vit/errors.js';
import { shapeText } from '../../containers/numbers.js';
import { layOutSafetensors } from '../../containers/safetensors/safetensors.js';
import { requireTensor } from '../../containers/tensor-store.js';
import type { ResolvedTensor } from '../types.js';
import { toHalf } from '../../vit/half.js';

export type WrittenType = 'F32' | 'F16';

/**
 * Writes a safetensors file, reading each tensor directly into its place, so that a model is in memory only once. In half precision numbers
 * are rounded to nearest; a number that is too large for it is refused with `option.invalid`, by name.
 */
export async function composeSafetensors(
  tensors: ReadonlyMap<string, ResolvedTensor>,
  metadata: Readonly<Record<string, string>>,
  type: WrittenType = 'F32',
): Promise<Uint8Array<ArrayBuffer>> {
  const layout = layOutSafetensors(
    [...tensors].map(([name, { shape }]) => [name, shape] as const),
    metadata,
    type,
  );
  const file = new Uint8Array(layout.size);
  file.set(layout.head);
  for (const { name, offset } of layout.tensors) {
    const tensor = requireTensor(tensors, name, 'the export');
    const { shape, data } = await tensor.read();
    const count = tensor.shape.reduce((product, length) => product * length, 1);
    if (data.length !== count) {
      const message = `${name}: was read with shape ${shapeText(shape)}, and ${shapeText(tensor.shape)} was expected`;
      throw new PlaygroundError('internal', message, { subject: name });
    }
    // The header is padded to 8 bytes and all tensors have one type, so every tensor is aligned to its width.
    if (type === 'F32') new Float32Array(file.buffer, offset, count).set(data);
    else writeHalves(name, data, new Uint16Array(file.buffer, offset, count));
  }
  return file;
}

const INFINITE_HALF = 0x7c00;

function writeHalves(name: string, data: Float32Array, into: Uint16Array): void {
  for (let i = 0; i < into.length; i++) {
    const value = data[i]!;
    const half = toHalf(value);
    if ((half & 0x7fff) === INFINITE_HALF && Number.isFinite(value)) {
      const message = `${name}: holds ${value}, and half precision ends at 65504; write it as f32`;
      throw new PlaygroundError('option.invalid', message, { subject: name });
    }
    into[i] = half;
  }
}
