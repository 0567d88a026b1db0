import type { Architecture } from './architecture.js';

/** The least side of a map in pixels: on fewer patches no regions can be seen. */
const LEAST_MAP_SIDE = 96;

/**
 * Side in pixels of a picture whose map is made, while training may use a smaller size to be faster: enough to see regions, and at most
 * the size that the backbone was made for, unless training uses a larger one.
 */
export function mapSide(imageSize: number, architecture: Pick<Architecture, 'patchSize' | 'imageSize'>): number {
  const { patchSize } = architecture;
  const least = Math.min(Math.ceil(LEAST_MAP_SIDE / patchSize) * patchSize, architecture.imageSize);
  return Math.max(imageSize, least);
}
