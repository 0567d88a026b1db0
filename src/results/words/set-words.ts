/** Words in which methods' names are set as notation, in the forms that files need. */
import { wordPieces } from '../../vit/names/notation.js';
import { escapeXml } from '../xml.js';

/** {@link wordPieces} in HTML, escaped. */
export const wordsHtml = (text: string): string =>
  wordPieces(text)
    .map(({ tag, text: piece }) => (tag === 'span' ? escapeXml(piece) : `<${tag}>${escapeXml(piece)}</${tag}>`))
    .join('');

/** The size of what stands below or above the line, and how far from it: shares of the size of the type. */
const SMALL = 0.75;
const SHIFT = 0.22;

/** A piece as a figure draws it. */
export interface DrawnPiece {
  readonly text: string;
  readonly italic: boolean;
  /** Its size, as a share of the size of the type. */
  readonly size: number;
  /** How far below the line it stands, as a share of the size of the type. */
  readonly below: number;
}

/** {@link wordPieces} for a figure. */
export const drawnPieces = (text: string): DrawnPiece[] =>
  wordPieces(text).map(({ tag, text: piece }) => ({
    text: piece,
    italic: tag === 'i',
    size: tag === 'sub' || tag === 'sup' ? SMALL : 1,
    below: tag === 'sub' ? SHIFT : tag === 'sup' ? -2 * SHIFT : 0,
  }));

/** How far down a piece is moved from the one before it, in em of its own type. */
export const shiftOf = ({ below, size }: DrawnPiece, before: DrawnPiece | undefined): number =>
  (below - (before?.below ?? 0)) / size;

/** {@link wordPieces} as the inside of an SVG's `text`, escaped. */
export const wordsSvg = (text: string): string =>
  drawnPieces(text)
    .map((piece, at, all) => {
      const shift = shiftOf(piece, all[at - 1]);
      const attributes = [
        piece.italic ? ' font-style="italic"' : '',
        piece.size === 1 ? '' : ` font-size="${piece.size}em"`,
        shift === 0 ? '' : ` dy="${shift.toFixed(2)}em"`,
      ].join('');
      return attributes === '' ? escapeXml(piece.text) : `<tspan${attributes}>${escapeXml(piece.text)}</tspan>`;
    })
    .join('');
