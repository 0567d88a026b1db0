/** The plain notation of equations and of methods' names, `g_D`, and how it is set where it is read. */
import { METHODS, methodUnit } from '../methods/index.js';

/** A part of a text: below or above the line, in italics, or upright. */
export interface Piece {
  readonly tag: 'sub' | 'sup' | 'i' | 'span';
  readonly text: string;
}

/** Splits the plain notation into superscripts and subscripts (`x^2`, `g_D`, `k_{src}`), names that are set in italics, and the rest. */
const PIECES = /([_^])(?:\{([^}]*)\}|(\w))|\b(src|dst|qkv|[A-Za-z])(?![A-Za-z])|./gsu;

/** The pieces of a text in the plain notation. */
export function notationPieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const [whole, mark, long, short, name] of text.matchAll(PIECES)) {
    const last = pieces.at(-1);
    if (mark !== undefined) pieces.push({ tag: mark === '_' ? 'sub' : 'sup', text: long ?? short ?? '' });
    else if (name !== undefined) pieces.push({ tag: 'i', text: name });
    else if (last?.tag === 'span') pieces[pieces.length - 1] = { tag: 'span', text: last.text + whole };
    else pieces.push({ tag: 'span', text: whole });
  }
  return pieces;
}

/** The methods whose names have notation: `PYRA g_D`. */
const NOTATED = METHODS.map((method) => methodUnit(method).label).filter((label) => /[_^]/.test(label));
const SPLIT = new RegExp(`(${NOTATED.map((label) => label.replaceAll('^', '\\^')).join('|')})`);

/** A place to cut a text at: the given one, or the beginning of the method's name that it would divide. */
export function cutBeside(text: string, at: number): number {
  for (const label of NOTATED) {
    const from = text.lastIndexOf(label, at);
    if (from >= 0 && from < at && at < from + label.length) return from;
  }
  return at;
}

/** The pieces of any text: methods' names as notation, all else as it is. A person's words may contain underscores. */
export const wordPieces = (text: string): Piece[] =>
  text
    .split(SPLIT)
    .filter((part) => part !== '')
    .flatMap((part): Piece[] => (NOTATED.includes(part) ? notationPieces(part) : [{ tag: 'span', text: part }]));

/** A text as it is said where nothing can be set: `PYRA g D`. For accessible names, titles and announcements. */
export const spoken = (text: string): string =>
  wordPieces(text)
    .map(({ tag, text: piece }) => (tag === 'sub' || tag === 'sup' ? ` ${piece}` : piece))
    .join('');
