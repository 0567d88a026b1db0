/** Places words on a figure where they cover the least of what is drawn. Lengths are in CSS pixels, y points down. */

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

/** Average width of a character, as a share of the size of the type. */
const CHARACTER = 0.53;

/** Estimated width of a line of words, rather too wide than too narrow. */
export const wordsWidth = (words: string, size: number): number => words.length * size * CHARACTER;

/** Breaks a text at a space into two lines of about the same length; a text without a space stays one line. */
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

/** Spots every `step` pixels or less along the lines from corner to corner, corners included. */
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

/** The cost of covering other words, or a spot of a mark, in spots of a line: the first is never worth it, the second rarely. */
const WORDS_COST = 10_000;
const MARK_COST = 50;
/** The cost of leading a line across a spot of a mark, such as an error bar, which stays readable. */
const CROSSED_COST = 10;

/** What is drawn already; spots from left to right. */
export interface Drawn {
  readonly words: readonly Box[];
  /** Of marks and their error bars. */
  readonly marks: readonly Spot[];
  readonly lines: readonly Spot[];
}

export const fromLeft = (spots: readonly Spot[]): Spot[] => [...spots].sort((a, b) => a.x - b.x);

/** The number of spots within a box. @param spots from left to right. */
function covered(box: Box | undefined, spots: readonly Spot[]): number {
  if (!box) return 0;
  let [low, high] = [0, spots.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spots[middle]?.x ?? 0) < box.x) low = middle + 1;
    else high = middle;
  }
  let count = 0;
  for (let at = low; at < spots.length; at++) {
    const spot = spots[at];
    if (!spot || spot.x > box.x + box.width) break;
    count += Number(within(box, spot));
  }
  return count;
}

/** A place that words may have. */
export interface Candidate {
  readonly box: Box;
  /** The room of the line that leads from words that stand apart to what they name. */
  readonly leader?: Box | undefined;
  /** What the place costs by itself, in spots of a line. */
  readonly cost?: number | undefined;
}

/** The candidate that covers no other words and the least of the rest; the first of several equally good ones. */
export function leastCovering<T extends Candidate>(candidates: readonly T[], { words, marks, lines }: Drawn): T | undefined {
  let best: T | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const { box, leader } = candidate;
    const boxes = leader ? [box, leader] : [box];
    // What is counted quickly comes first: spots are not looked at where they cannot change the choice.
    let cost = candidate.cost ?? 0;
    if (cost < least) cost += WORDS_COST * words.filter((other) => boxes.some((part) => touch(part, other))).length;
    if (cost < least) cost += MARK_COST * covered(box, marks) + CROSSED_COST * covered(leader, marks);
    if (cost < least) cost += covered(box, lines) + covered(leader, lines);
    if (cost >= least) continue;
    [best, least] = [candidate, cost];
  }
  return best;
}
