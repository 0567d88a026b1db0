import type { MergeMap } from '../../protocol/maps.js';
import { mapSvg } from '../../results/maps/map-svg.js';

/** The map's pixels as a PNG that an SVG can carry. */
function picturePng(map: MergeMap): string {
  const canvas = document.createElement('canvas');
  canvas.width = map.imageSize;
  canvas.height = map.imageSize;
  canvas.getContext('2d')?.putImageData(new ImageData(map.pixels, map.imageSize, map.imageSize), 0, 0);
  return canvas.toDataURL('image/png');
}

/** The map at one position as an SVG file's text. */
export const mapFigure = (map: MergeMap, position: number): string => mapSvg(map, position, picturePng(map));
