import { GONE, type MergeMap } from '../../protocol/maps.js';
import { edges, patchColours, regionsAt } from './regions.js';

/** Side of the exported figure in user units. */
export const SVG_SIDE = 480;

/** The parts of a map that are drawn. */
export type Drawn = Pick<MergeMap, 'gridSide' | 'imageSize' | 'pixels' | 'protectedTokens' | 'blocks'>;

/**
 * The map at one position as an SVG: a group for each token, whose patches are filled with their mean colour, and the outlines.
 *
 * @param picture the map's pixels as a data URL.
 */
export function mapSvg(map: Drawn, position: number, picture: string): string {
  const grid = map.gridSide;
  const cell = SVG_SIDE / grid;
  const regions = regionsAt(map, position, patchColours(map));
  const at = (value: number): string => String(Number((value * cell).toFixed(3)));
  const squaresOf = (patches: readonly number[]): string =>
    patches.map((patch) => `M${at(patch % grid)} ${at(Math.floor(patch / grid))}h${at(1)}v${at(1)}h-${at(1)}z`).join('');
  const tokens = [...regions.members].map(([row, patches]) => {
    const colour = [0, 1, 2].map((channel) => Math.round(regions.colour[(patches[0] ?? 0) * 3 + channel] ?? 0));
    const squares = squaresOf(patches);
    const fill = patches.length > 1 ? `rgb(${colour.join(',')})` : 'none';
    return `<path id="token-${row}" d="${squares}" fill="${fill}"><title>${patches.length} ${patches.length === 1 ? 'patch' : 'patches'}</title></path>`;
  });
  const gone = [...regions.row].flatMap((row, patch) => (row === GONE ? [patch] : []));
  const dropped =
    gone.length === 0
      ? ''
      : `<path id="gone" d="${squaresOf(gone)}" fill="rgb(112,112,112)"><title>${gone.length} dropped</title></path>`;
  const outline = [...edges(grid)]
    .filter(([, , , , a, b]) => regions.row[a] !== regions.row[b])
    .map(([x1, y1, x2, y2]) => `M${at(x1)} ${at(y1)}L${at(x2)} ${at(y2)}`)
    .join('');
  const title = position === 0 ? 'Before merging' : `After block ${position}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SVG_SIDE}" height="${SVG_SIDE}" viewBox="0 0 ${SVG_SIDE} ${SVG_SIDE}">`,
    `<title>${title}: ${regions.tokens} tokens</title>`,
    `<image href="${picture}" width="${SVG_SIDE}" height="${SVG_SIDE}" style="image-rendering:pixelated"/>`,
    `<g shape-rendering="crispEdges">${tokens.join('')}${dropped}</g>`,
    `<path d="${outline}" fill="none" stroke="#000" stroke-opacity="0.5" stroke-width="3" stroke-linecap="round"/>`,
    `<path d="${outline}" fill="none" stroke="#fff" stroke-width="1.5" stroke-linecap="round"/>`,
    '</svg>',
  ].join('\n');
}
