import type { NamedFile } from '../../protocol/files.js';
import type { MergeMap } from '../../protocol/maps.js';
import { mapFigure } from './map-figure.js';

/** SVG files of a map, one for each position from the picture to the last block, in a folder named after the picture. */
export function mapFiles(map: MergeMap): NamedFile[] {
  const { part, index } = map.picture;
  return Array.from({ length: map.blocks.length + 1 }, (_, position) => ({
    name: `maps/${part}-${index + 1}/block-${String(position).padStart(2, '0')}.svg`,
    mediaType: 'image/svg+xml',
    bytes: new TextEncoder().encode(mapFigure(map, position)),
  }));
}
