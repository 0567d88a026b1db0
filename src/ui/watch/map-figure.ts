import type { MergeMap } from '../../protocol/maps.js';
import { mapSvg } from '../../results/maps/map-svg.js';

/** The map's picture as a PNG in a data URL, for use inside an SVG. */
function picturePng(map: MergeMap): string {
  const canvas = document.createElement('canvas');
  canvas.width = map.imageSize;
  canvas.height = map.imageSize;
  canvas.getContext('2d')?.putImageData(new ImageData(map.pixels, map.imageSize, map.imageSize), 0, 0);
  return canvas.toDataURL('image/png');
}

/** The map at one position as the text of an SVG file. */
export const mapFigure = (map: MergeMap, position: number): string => mapSvg(map, position, picturePng(map));
