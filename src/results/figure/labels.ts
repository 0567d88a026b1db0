/** Places words on a figure: where they cover the least of what is drawn. All lengths in CSS pixels, y downwards. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** An average character of the page's type takes this share of its size. */
const CHARACTER = 0.53;

/** Width of a line of words as they will be drawn, a little too much rather than too little. */
export const wordsWidth = (words: string, size: number): number => words.length * size * CHARACTER;

/** A text in two lines of about the same length, broken at a space; in one where there is none. */
export function twoLines(text: string): string[] {
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const middle = text.length / 2;
  const at = spaces.reduce<number | null>(
    (best, next) => (best !== null && Math.abs(best - middle) <= Math.abs(next - middle) ? best : next),
    null,
  );
  return at === null ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

const within = ({ x, y, width, height }: Box, spot: Spot): boolean =>
  spot.x >= x && spot.x <= x + width && spot.y >= y && spot.y <= y + height;

const touch = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Spots a few pixels apart along the lines that join the corners, the corners included. */
export function along(corners: readonly Spot[], step = 6): Spot[] {
  return corners.flatMap((to, index) => {
    const from = corners[index - 1];
    if (!from) return [to];
    const pieces = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / step));
    return Array.from({ length: pieces }, (_, piece) => {
      const t = (piece + 1) / pieces;
      return { x: from.x + (to.x - from.x) * t, y: from.y + (to.y - from.y) * t };
    });
  });
}

/** Other words are never to be written over; a mark and its error bar only where nothing else is free; a line may be. */
const WORDS_COST = 10_000;
const MARK_COST = 50;

/** What words may cover, most grudgingly first. */
export interface Drawn {
  readonly words: readonly Box[];
  /** Of marks and their error bars. */
  readonly marks: readonly Spot[];
  readonly lines: readonly Spot[];
}

/** The candidate that covers no other words, and of the rest the least; the earlier one where two are as good. */
export function leastCovering<T extends { readonly box: Box }>(
  candidates: readonly T[],
  { words, marks, lines }: Drawn,
): T | undefined {
  const cost = ({ box }: T): number => {
    const covered = (spots: readonly Spot[]): number => spots.filter((spot) => within(box, spot)).length;
    return covered(lines) + MARK_COST * covered(marks) + WORDS_COST * words.filter((other) => touch(box, other)).length;
  };
  return candidates.reduce<T | undefined>((best, next) => (best && cost(best) <= cost(next) ? best : next), undefined);
}
