import type { Architecture } from './architecture.js';

/** Pixels a side of a map at the least: on fewer patches there are no regions to see. */
const LEAST_MAP_SIDE = 96;

/**
 * Pixels a side that a picture is looked at with, whatever the size that training takes for its speed: enough to see regions, and never
 * more than what the backbone was made for, unless training takes more.
 */
export function mapSide(imageSize: number, architecture: Pick<Architecture, 'patchSize' | 'imageSize'>): number {
  const { patchSize } = architecture;
  const least = Math.min(Math.ceil(LEAST_MAP_SIDE / patchSize) * patchSize, architecture.imageSize);
  return Math.max(imageSize, least);
}
