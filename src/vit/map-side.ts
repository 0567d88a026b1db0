import type { Architecture } from './architecture.js';

/** The smallest side of a map in pixels. With fewer patches no regions can be seen. */
const LEAST_MAP_SIDE = 96;

/**
 * Side in pixels of a picture whose map is made. Training may use smaller pictures to be faster. A map uses enough to show regions, and at
 * most the size that the backbone was made for, unless training uses a larger one.
 */
export function mapSide(imageSize: number, architecture: Pick<Architecture, 'patchSize' | 'imageSize'>): number {
  const { patchSize } = architecture;
  const least = Math.min(Math.ceil(LEAST_MAP_SIDE / patchSize) * patchSize, architecture.imageSize);
  return Math.max(imageSize, least);
}
