import type { Matching } from '../../engine/operations/match.js';
import { match, type Match } from '../../engine/reference/merging/match.js';
import type { Fixtures } from '../fixtures.js';
import type { Bench } from './bench.js';

/** The sizes of one merge. */
export interface MergeCase {
  readonly images: number;
  readonly tokens: number;
  readonly channels: number;
  readonly r: number;
  readonly protectedTokens: number;
}

export function describeCase(shape: MergeCase): string {
  const { images, tokens, channels, r, protectedTokens } = shape;
  return `B ${images}, N ${tokens}, C ${channels}, r ${r}, T ${protectedTokens}`;
}

/** Rounds numbers to float32, so that both sides of a comparison start from the same values. */
export function exact(values: Float64Array): Float64Array {
  return values.map(Math.fround);
}

/** Sizes of tokens: whole numbers of patches from 1 to 5. */
export function randomSizes(fixtures: Fixtures, shape: MergeCase): Float64Array {
  return Float64Array.from(fixtures.integers(shape.images * shape.tokens, 1, 5));
}

/** The reference's matching of random tokens. Their metric has so few channels that several tokens share a partner. */
export function randomMatch(fixtures: Fixtures, shape: MergeCase): Match {
  const { images, tokens, r, protectedTokens } = shape;
  const metric = fixtures.normal(images * tokens * 2);
  return match(metric, { images, tokens, headWidth: 2, r, protectedTokens });
}

/** [B, r, 2]: the pairs as kernels read them. */
export function pairsOf(reference: Match): Uint32Array {
  return Uint32Array.from({ length: 2 * reference.src.length }, (_, i) => (i % 2 ? reference.dst : reference.src)[i >> 1]!);
}

/** [B, N - r]: for each row after the merge, the token that was kept there. */
export function originOf(reference: Match, shape: MergeCase): Uint32Array {
  const { images, tokens, r } = shape;
  const origin = new Uint32Array(images * (tokens - r));
  for (let b = 0; b < images; b++) {
    const gone = new Set(reference.src.subarray(b * r, (b + 1) * r));
    for (let n = 0; n < tokens; n++) {
      if (n % 2 === 1 || !gone.has(n / 2)) origin[b * (tokens - r) + reference.row[b * tokens + n]!] = n;
    }
  }
  return origin;
}

export function uploadMatch(bench: Bench, reference: Match, shape: MergeCase): Omit<Matching, 'score'> {
  return {
    pairs: bench.indices('pairs', pairsOf(reference)),
    rowOf: bench.indices('rowOf', reference.row),
    originOf: bench.indices('originOf', originOf(reference, shape)),
  };
}
