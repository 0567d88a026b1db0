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

/** Width of a line of words in Inter, in the unit of `size`. */
export const outlineWidth = (words: string, size: number): number =>
  (glyphsOf(words).reduce((sum, { advance }) => sum + advance, 0) * size) / EM;

/** A line of words as one path, in thousandths of the size of the type. y points down; the left end of the baseline is at 0, 0. */
export function outlinePath(words: string): string {
  let x = 0;
  let path = '';
  for (const { advance, path: own } of glyphsOf(words)) {
    const at = x;
    path += own.replace(/M(-?\d+) ?(-?\d+)/g, (_, left: string, top: string) => `M${Number(left) + at} ${top}`);
    x += advance;
  }
  return path;
}
