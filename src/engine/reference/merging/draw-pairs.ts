import { rank, type Match, type MatchShape } from './match.js';

/** pcg4d of Jarzynski and Olano, "Hash Functions for GPU Rendering", JCGT 9(3), 2020: four words of 32 bits. */
function pcg4d(key: readonly number[]): readonly number[] {
  let [x, y, z, w] = key.map((word) => (Math.imul(word, 1664525) + 1013904223) >>> 0) as [number, number, number, number];
  const mix = (): void => {
    x = (x + Math.imul(y, w)) >>> 0;
    y = (y + Math.imul(z, x)) >>> 0;
    z = (z + Math.imul(x, y)) >>> 0;
    w = (w + Math.imul(y, z)) >>> 0;
  };
  mix();
  [x, y, z, w] = [x, y, z, w].map((word) => (word ^ (word >>> 16)) >>> 0) as [number, number, number, number];
  mix();
  return [x, y, z, w];
}

/** The last word of the key, "pair" in ASCII, which distinguishes these draws from those of dropout. */
const DRAWN = 0x70616972;

/**
 * Draws random pairs, the same for every image. With h = pcg4d(seed, block, i, "pair"), even token i draws a score from 24 bits of h.x, and
 * a partner by h.y modulo the number of odd tokens that are not protected. The r highest scores merge.
 */
export function drawPairs(seed: number, block: number, shape: Omit<MatchShape, 'headWidth'>): Match {
  const { images, tokens, protectedTokens } = shape;
  const evens = Math.ceil(tokens / 2);
  const first = Math.floor(protectedTokens / 2);
  const best = new Float64Array(evens).fill(-Infinity);
  const partner = new Int32Array(evens);
  for (let i = Math.ceil(protectedTokens / 2); i < evens; i++) {
    const [x = 0, y = 0] = pcg4d([seed, block, i, DRAWN]);
    best[i] = (x >>> 8) / 2 ** 24;
    partner[i] = first + (y % (Math.floor(tokens / 2) - first));
  }
  // Both draws are exact in every precision, so no decision depends on rounding.
  const second = new Float64Array(evens).fill(-Infinity);
  const { gap: _gap, ...drawn } = rank(
    Array.from({ length: images }, () => ({ best, second, partner })),
    shape,
  );
  return { ...drawn, gap: new Float64Array(images).fill(Infinity) };
}
