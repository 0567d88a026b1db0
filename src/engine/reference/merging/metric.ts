import type { AttentionShape } from '../layers/attention.js';
import { requireLength } from '../shapes.js';

/**
 * The vectors by which tokens are compared: m = the mean of k over the heads, divided by its L2 norm (ToMe, arXiv 2210.09461, section 3).
 * Nothing differentiates through the matching, so there is no backward.
 *
 * qkv [B, N, 3, H, D]; returns m [B, N, D], rows of length 1.
 */
export function metric(qkv: Float64Array, shape: AttentionShape): Float64Array {
  const { images, tokens, heads, headWidth } = shape;
  requireLength('metric: qkv', qkv, images, tokens, 3, heads, headWidth);
  const out = new Float64Array(images * tokens * headWidth);
  for (let n = 0; n < images * tokens; n++) {
    let squares = 0;
    for (let d = 0; d < headWidth; d++) {
      let sum = 0;
      for (let h = 0; h < heads; h++) sum += qkv[(n * 3 + 1) * heads * headWidth + h * headWidth + d]!;
      out[n * headWidth + d] = sum / heads;
      squares += (sum / heads) ** 2;
    }
    for (let d = 0; d < headWidth; d++) out[n * headWidth + d]! /= Math.sqrt(squares);
  }
  return out;
}
