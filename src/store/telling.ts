import type { Thumbnail } from '../protocol/api.js';

/** Squares on a side, into which a picture is divided. */
const GRID = 8;

/** The mean colour of each of GRID x GRID squares, from 0 to 255: [GRID * GRID * 3]. */
function squares({ pixels, side }: Thumbnail): Float64Array {
  const means = new Float64Array(GRID * GRID * 3);
  const counts = new Float64Array(GRID * GRID);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const square = Math.floor((y * GRID) / side) * GRID + Math.floor((x * GRID) / side);
      counts[square] = (counts[square] ?? 0) + 1;
      for (let channel = 0; channel < 3; channel++) {
        const at = square * 3 + channel;
        means[at] = (means[at] ?? 0) + (pixels[(y * side + x) * 4 + channel] ?? 0);
      }
    }
  }
  return means.map((sum, at) => sum / Math.max(1, counts[Math.floor(at / 3)] ?? 0));
}

/**
 * How distinct a picture's regions are: the difference in colour between any two squares, less that between neighbours. Zero for an
 * even picture and for a fine pattern, large where areas differ.
 */
export function distinctness(thumbnail: Thumbnail): number {
  const colours = squares(thumbnail);
  const sums = { near: 0, nearPairs: 0, all: 0, allPairs: 0 };
  for (let a = 0; a < GRID * GRID; a++) {
    for (let b = a + 1; b < GRID * GRID; b++) {
      let square = 0;
      for (let channel = 0; channel < 3; channel++) {
        square += ((colours[a * 3 + channel] ?? 0) - (colours[b * 3 + channel] ?? 0)) ** 2;
      }
      const distance = Math.sqrt(square);
      sums.all += distance;
      sums.allPairs++;
      const steps = Math.abs((a % GRID) - (b % GRID)) + Math.abs(Math.floor(a / GRID) - Math.floor(b / GRID));
      if (steps !== 1) continue;
      sums.near += distance;
      sums.nearPairs++;
    }
  }
  return sums.all / sums.allPairs - sums.near / sums.nearPairs;
}

/** The picture on which merging shows most clearly: the one with the most distinct regions. Null where there is none. */
export function mostTelling(thumbnails: readonly (Thumbnail | undefined)[]): number | null {
  const scored = thumbnails.flatMap((thumbnail, index) => (thumbnail ? [{ index, score: distinctness(thumbnail) }] : []));
  const best = scored.reduce<{ index: number; score: number } | null>(
    (most, next) => (most && most.score >= next.score ? most : next),
    null,
  );
  return best?.index ?? null;
}
