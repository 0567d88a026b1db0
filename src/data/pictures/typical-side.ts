import type { RawExample } from '../readers/types.js';
import { imageSize } from './image-files.js';

/** Number of pictures that are looked at, spread over the data set. */
const LOOKED_AT = 9;
/** A JPEG's size comes after the camera's metadata, which includes a thumbnail. */
const HEAD_BYTES = 128 * 1024;

async function sizeOf({ content }: RawExample): Promise<{ readonly width: number; readonly height: number } | null> {
  try {
    if (content.kind === 'pixels') return await content.read();
    if (content.kind === 'bytes') return imageSize(await content.read());
    return imageSize(await content.source.read(0, Math.min(HEAD_BYTES, content.source.size)));
  } catch {
    // Pictures that cannot be read are reported elsewhere.
    return null;
  }
}

/** The median of the shorter sides of some of the pictures, in pixels; null where none states its size simply. */
export async function typicalSide(examples: readonly RawExample[]): Promise<number | null> {
  const step = Math.max(1, Math.floor(examples.length / LOOKED_AT));
  const looked = examples.filter((_, index) => index % step === 0).slice(0, LOOKED_AT);
  const sizes = await Promise.all(looked.map(sizeOf));
  const sides = sizes.flatMap((size) => (size ? [Math.min(size.width, size.height)] : [])).sort((a, b) => a - b);
  return sides[Math.floor(sides.length / 2)] ?? null;
}
