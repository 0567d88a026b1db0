import { drawnPieces, type DrawnPiece } from '../words/set-words.js';
import { GLYPHS } from './glyphs.js';

interface Glyph {
  /** In thousandths of the size of the type. */
  readonly advance: number;
  readonly path: string;
}

let known: ReadonlyMap<number, Glyph> | null = null;

/** The table, parsed at the first use. */
function glyphs(): ReadonlyMap<number, Glyph> {
  known ??= new Map(
    GLYPHS.split('\n').map((line) => {
      const [code = '', advance = '', ...path] = line.split(' ');
      return [Number.parseInt(code, 16), { advance: Number(advance), path: path.join(' ') }];
    }),
  );
  return known;
}

/** A box, for a character without an outline. */
const MISSING: Glyph = { advance: 600, path: 'M80 0l0-700l440 0l0 700z' };

const EM = 1000;

const glyphsOf = (words: string): Glyph[] =>
  Array.from(
    words.normalize('NFC').replaceAll('\u00a0', ' '),
    (character) => glyphs().get(character.codePointAt(0) ?? 0) ?? MISSING,
  );

const advanceOf = (words: string): number => glyphsOf(words).reduce((sum, { advance }) => sum + advance, 0);

/** The room after an italic piece, whose top leans over what follows it. */
const LEAN = 40;

const widthOf = ({ text, size, italic }: DrawnPiece): number => advanceOf(text) * size + (italic ? LEAN : 0);

/** Width of a line of words in Inter, in the unit of `size`. Methods' names are set as notation. */
export const outlineWidth = (words: string, size: number): number =>
  (drawnPieces(words).reduce((sum, piece) => sum + widthOf(piece), 0) * size) / EM;

/** One piece of words as one path. */
function pathOf(words: string): string {
  let x = 0;
  let path = '';
  for (const { advance, path: own } of glyphsOf(words)) {
    const at = x;
    path += own.replace(/M(-?\d+) ?(-?\d+)/g, (_, left: string, top: string) => `M${Number(left) + at} ${top}`);
    x += advance;
  }
  return path;
}

/** The angle of Inter's italics, in degrees. */
const SLANT = -9.4;

/**
 * A line of words as SVG paths, in thousandths of the size of the type. y points down; the left end of the baseline is at 0, 0. Methods'
 * names are set as notation, with slanted letters for italics.
 */
export function outlinePaths(words: string): string {
  let x = 0;
  return drawnPieces(words)
    .map((piece) => {
      const { text, size, below, italic } = piece;
      const transforms = [
        x === 0 && below === 0 ? '' : `translate(${Math.round(x)} ${Math.round(below * EM)})`,
        size === 1 ? '' : `scale(${size})`,
        italic ? `skewX(${SLANT})` : '',
      ].filter((transform) => transform !== '');
      x += widthOf(piece);
      return `<path${transforms.length > 0 ? ` transform="${transforms.join(' ')}"` : ''} d="${pathOf(text)}"/>`;
    })
    .join('');
}
