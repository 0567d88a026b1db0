import type { NamedFile } from '../../protocol/files.js';
import type { MergeMap } from '../../protocol/maps.js';
import { mapFigure } from './map-figure.js';

/** A map as figures, one for each position of the scrubber, in a folder that says which picture it is of. */
export function mapFiles(map: MergeMap): NamedFile[] {
  const { part, index } = map.picture;
  return Array.from({ length: map.blocks.length + 1 }, (_, position) => ({
    name: `maps/${part}-${index + 1}/block-${String(position).padStart(2, '0')}.svg`,
    mediaType: 'image/svg+xml',
    bytes: new TextEncoder().encode(mapFigure(map, position)),
  }));
}
