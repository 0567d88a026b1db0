import { requireLength } from '../shapes.js';

export interface MatchShape {
  readonly images: number;
  readonly tokens: number;
  /** D; the metric is averaged over the heads. */
  readonly headWidth: number;
  /** Tokens to merge away. */
  readonly r: number;
  /** T: 1 for the class token, and more with a distillation token or register tokens. */
  readonly protectedTokens: number;
}

export interface Match {
  /** [B, r]: for each pair, the most similar first, the index among the even tokens of the token that is merged away. */
  readonly src: Int32Array;
  /** [B, r]: the index among the odd tokens of the token that it merges into. */
  readonly dst: Int32Array;
  /** [B, r]: the cosine similarity of the pair. */
  readonly score: Float64Array;
  /** [B, E - r]: the even tokens that stay, in ascending order. */
  readonly staying: Int32Array;
  /** [B, N]: the row of each token after the merge. */
  readonly row: Int32Array;
  /**
   * [B]: the smallest difference of two scores that decided a partner or an order. With errors as large as this, other pairs may be chosen.
   */
  readonly gap: Float64Array;
}

/**
 * ToMe's bipartite soft matching (arXiv 2210.09461, section 3). Each even token is paired with its most similar odd token (the first of
 * equals), and the r most similar pairs merge (of equals, those of lower index). Protected tokens, even or odd, score -infinity. New order:
 * the protected tokens in their old order, then the remaining even tokens, then the odd tokens.
 *
 * metric [B, N, D], with rows of length 1. Throws where r is more than half of the tokens that are not protected.
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

/** The best partner and score of each even token of an image; the score of a protected token is -infinity. */
interface Candidates {
  readonly best: Float64Array;
  /** The score of the second best partner. */
  readonly second: Float64Array;
  readonly partner: Int32Array;
}

/** Merges the r even tokens with the highest scores, and gives every token its new row. */
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
    // Array.prototype.sort is stable, so equal scores stay in ascending order.
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
