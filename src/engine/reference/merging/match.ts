import { requireLength } from '../shapes.js';

export interface MatchShape {
  readonly images: number;
  readonly tokens: number;
  /** D: the metric is the mean over the heads. */
  readonly headWidth: number;
  /** Tokens to merge away. */
  readonly r: number;
  /** T: 1 (class token), with a distillation token or register tokens more. */
  readonly protectedTokens: number;
}

export interface Match {
  /** [B, r]: index among the even tokens of the token merged away, most similar pair first. */
  readonly src: Int32Array;
  /** [B, r]: index among the odd tokens of the token it is merged into. */
  readonly dst: Int32Array;
  /** [B, r]: cosine similarity of the pair. */
  readonly score: Float64Array;
  /** [B, ceil(N / 2) - r]: even tokens that stay, ascending. */
  readonly staying: Int32Array;
  /** [B, N]: for each token the row it lives in after the merge. */
  readonly row: Int32Array;
  /** [B]: how close the closest two scores came that decided a partner or an order; below it a lower precision may choose otherwise. */
  readonly gap: Float64Array;
}

/**
 * ToMe's bipartite soft matching (arXiv 2210.09461, section 3). Even tokens are the set A, odd ones B; every A keeps its most
 * similar B (the first of equals), the r most similar A (the lower index of equals) are merged. The T protected tokens score -inf, in A
 * (the class token is row 0) and in B alike. New order: the protected tokens, which stay in front as they were, then A's remaining
 * tokens, then B's.
 *
 * metric [B, N, D], rows of length 1. Throws where r is more than half of what is not protected.
 */
export function match(metric: Float64Array, shape: MatchShape): Match {
  const { images, tokens, headWidth, protectedTokens } = shape;
  requireLength('match: metric', metric, images, tokens, headWidth);
  const evens = Math.ceil(tokens / 2);
  const odds = Math.floor(tokens / 2);
  const candidates = Array.from({ length: images }, (_, b): Candidates => {
    const best = new Float64Array(evens).fill(-Infinity);
    const second = new Float64Array(evens).fill(-Infinity);
    const partner = new Int32Array(evens);
    for (let i = Math.ceil(protectedTokens / 2); i < evens; i++) {
      for (let j = Math.floor(protectedTokens / 2); j < odds; j++) {
        let dot = 0;
        for (let d = 0; d < headWidth; d++) {
          dot += metric[(b * tokens + 2 * i) * headWidth + d]! * metric[(b * tokens + 2 * j + 1) * headWidth + d]!;
        }
        if (dot > best[i]!) {
          second[i] = best[i]!;
          best[i] = dot;
          partner[i] = j;
        } else second[i] = Math.max(second[i]!, dot);
      }
    }
    return { best, second, partner };
  });
  return rank(candidates, shape);
}

/** What each even token of an image would merge into, and how much that counts; a protected one's is -infinity. */
interface Candidates {
  readonly best: Float64Array;
  /** The score of the partner that came second. */
  readonly second: Float64Array;
  readonly partner: Int32Array;
}

/** The r even tokens that count most merge, and every token gets its row. */
export function rank(candidates: readonly Candidates[], shape: Omit<MatchShape, 'headWidth' | 'images'>): Match {
  const { tokens, r, protectedTokens } = shape;
  const images = candidates.length;
  const most = Math.max(0, Math.floor((tokens - protectedTokens) / 2));
  if (r > most) throw new RangeError(`match: r is ${r}, but of ${tokens} tokens at most ${most} can merge`);
  const evens = Math.ceil(tokens / 2);
  const odds = Math.floor(tokens / 2);
  const src = new Int32Array(images * r);
  const dst = new Int32Array(images * r);
  const score = new Float64Array(images * r);
  const staying = new Int32Array(images * (evens - r));
  const row = new Int32Array(images * tokens);
  const gap = new Float64Array(images).fill(Infinity);
  candidates.forEach(({ best, second, partner }, b) => {
    // Array.prototype.sort is stable: equals keep their ascending order.
    const order = Array.from({ length: evens }, (_, i) => i).sort((i, j) => (best[j]! === best[i]! ? 0 : best[j]! - best[i]!));
    for (let k = 0; k < r; k++) {
      const i = order[k]!;
      src[b * r + k] = i;
      dst[b * r + k] = partner[i]!;
      score[b * r + k] = best[i]!;
      const next = order[k + 1];
      gap[b] = Math.min(gap[b]!, best[i]! - second[i]!, next === undefined ? Infinity : best[i]! - best[next]!);
    }
    const stays = order.slice(r).sort((i, j) => i - j);
    staying.set(stays, b * (evens - r));

    const inFront = Array.from({ length: protectedTokens }, (_, token) => token);
    const behind = [...stays.map((i) => 2 * i), ...Array.from({ length: odds }, (_, j) => 2 * j + 1)];
    [...inFront, ...behind.filter((token) => token >= protectedTokens)].forEach((token, at) => (row[b * tokens + token] = at));
    for (let k = 0; k < r; k++) row[b * tokens + 2 * src[b * r + k]!] = row[b * tokens + 2 * dst[b * r + k]! + 1]!;
  });
  return { src, dst, score, staying, row, gap };
}
