import { requireLength } from '../shapes.js';

export interface AttentionShape {
  readonly images: number;
  readonly tokens: number;
  readonly heads: number;
  /** D: channels of a head. */
  readonly headWidth: number;
}

/** The probabilities of all keys for image b, head h and query i: softmax(q k / sqrt(D) + log size). */
function probabilities(qkv: Float64Array, size: Float64Array | null, shape: AttentionShape, b: number, h: number, i: number) {
  const { tokens, heads, headWidth } = shape;
  const channels = heads * headWidth;
  const row = (n: number, part: number): number => ((b * tokens + n) * 3 + part) * channels + h * headWidth;
  const p = new Float64Array(tokens);
  let largest = -Infinity;
  for (let j = 0; j < tokens; j++) {
    let dot = 0;
    for (let d = 0; d < headWidth; d++) dot += qkv[row(i, 0) + d]! * qkv[row(j, 1) + d]!;
    p[j] = dot / Math.sqrt(headWidth) + (size ? Math.log(size[b * tokens + j]!) : 0);
    largest = Math.max(largest, p[j]!);
  }
  let sum = 0;
  for (let j = 0; j < tokens; j++) sum += p[j] = Math.exp(p[j]! - largest);
  for (let j = 0; j < tokens; j++) p[j]! /= sum;
  return p;
}

/**
 * Multi-head attention with ToMe's proportional bias: for each head out = softmax(q kᵀ / sqrt(D) + log(size of the key)) v.
 *
 * qkv [B, N, 3, H, D] as the output of timm's `qkv` layer, size [B, N] (the number of patches in each token) or null for no bias; returns
 * out [B, N, H * D].
 */
export function attention(qkv: Float64Array, size: Float64Array | null, shape: AttentionShape): Float64Array {
  const { images, tokens, heads, headWidth } = shape;
  requireLength('attention: qkv', qkv, images, tokens, 3, heads, headWidth);
  if (size) requireLength('attention: size', size, images, tokens);
  const channels = heads * headWidth;
  const out = new Float64Array(images * tokens * channels);
  for (let b = 0; b < images; b++) {
    for (let h = 0; h < heads; h++) {
      for (let i = 0; i < tokens; i++) {
        const p = probabilities(qkv, size, shape, b, h, i);
        for (let j = 0; j < tokens; j++) {
          const v = ((b * tokens + j) * 3 + 2) * channels + h * headWidth;
          for (let d = 0; d < headWidth; d++) out[(b * tokens + i) * channels + h * headWidth + d]! += p[j]! * qkv[v + d]!;
        }
      }
    }
  }
  return out;
}

/**
 * With p the probabilities of a query and dp_j = dout · v_j: ds_j = p_j (dp_j - Σ p dp), dq = Σ ds_j k_j / sqrt(D),
 * dk_j += ds_j q / sqrt(D), dv_j += p_j dout. Sizes are counts and get no gradient.
 *
 * dout [B, N, H * D], qkv [B, N, 3, H, D], size [B, N] or null; returns dqkv [B, N, 3, H, D].
 */
export function attentionBackward(
  dout: Float64Array,
  qkv: Float64Array,
  size: Float64Array | null,
  shape: AttentionShape,
): Float64Array {
  const { images, tokens, heads, headWidth } = shape;
  requireLength('attentionBackward: dout', dout, images, tokens, heads, headWidth);
  requireLength('attentionBackward: qkv', qkv, images, tokens, 3, heads, headWidth);
  const channels = heads * headWidth;
  const scale = 1 / Math.sqrt(headWidth);
  const dqkv = new Float64Array(qkv.length);
  for (let b = 0; b < images; b++) {
    for (let h = 0; h < heads; h++) {
      const row = (n: number, part: number): number => ((b * tokens + n) * 3 + part) * channels + h * headWidth;
      for (let i = 0; i < tokens; i++) {
        const p = probabilities(qkv, size, shape, b, h, i);
        const o = (b * tokens + i) * channels + h * headWidth;
        const dp = new Float64Array(tokens);
        let mean = 0;
        for (let j = 0; j < tokens; j++) {
          for (let d = 0; d < headWidth; d++) dp[j]! += dout[o + d]! * qkv[row(j, 2) + d]!;
          mean += p[j]! * dp[j]!;
        }
        for (let j = 0; j < tokens; j++) {
          const ds = p[j]! * (dp[j]! - mean) * scale;
          for (let d = 0; d < headWidth; d++) {
            dqkv[row(i, 0) + d]! += ds * qkv[row(j, 1) + d]!;
            dqkv[row(j, 1) + d]! += ds * qkv[row(i, 0) + d]!;
            dqkv[row(j, 2) + d]! += p[j]! * dout[o + d]!;
          }
        }
      }
    }
  }
  return dqkv;
}
