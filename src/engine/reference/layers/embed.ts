import { requireLength } from '../shapes.js';

export interface EmbedShape {
  readonly batch: number;
  /** Side of the square image, in pixels; what does not fill a patch is left out. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly channels: number;
}

export interface EmbedWeights {
  /** [C, 3, p, p]. */
  readonly projection: Float64Array;
  /** [C]. */
  readonly bias: Float64Array;
  /** [C], `cls_token`, and where there is one [C], `dist_token`: put in front in this order. */
  readonly prefix: readonly Float64Array[];
  /** [T + P, C], already on this image's grid. */
  readonly position: Float64Array;
}

/**
 * Tokens of an image: each p x p patch (row-major) times the projection plus bias, the prefix tokens in front, plus the position
 * embedding.
 *
 * images [B, 3, S, S], normalised; returns x [B, T + P, C].
 */
export function embed(images: Float64Array, weights: EmbedWeights, shape: EmbedShape): Float64Array {
  const { batch, imageSize, patchSize, channels } = shape;
  const grid = Math.floor(imageSize / patchSize);
  const prefix = weights.prefix.length;
  const tokens = prefix + grid * grid;
  requireLength('embed: images', images, batch, 3, imageSize, imageSize);
  requireLength('embed: projection', weights.projection, channels, 3, patchSize, patchSize);
  requireLength('embed: position', weights.position, tokens, channels);
  const x = new Float64Array(batch * tokens * channels);
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < tokens; n++) {
      const token = weights.prefix[n];
      const top = Math.floor((n - prefix) / grid) * patchSize;
      const left = ((n - prefix) % grid) * patchSize;
      for (let c = 0; c < channels; c++) {
        let sum = token ? token[c]! : weights.bias[c]!;
        if (!token) {
          for (let plane = 0; plane < 3; plane++) {
            for (let v = 0; v < patchSize; v++) {
              for (let u = 0; u < patchSize; u++) {
                sum +=
                  weights.projection[((c * 3 + plane) * patchSize + v) * patchSize + u]! *
                  images[((b * 3 + plane) * imageSize + top + v) * imageSize + left + u]!;
              }
            }
          }
        }
        x[(b * tokens + n) * channels + c] = sum + weights.position[n * channels + c]!;
      }
    }
  }
  return x;
}

/** What the tokens are put together of. */
export interface AssemblyShape {
  readonly batch: number;
  /** P, and T in front of them. */
  readonly patches: number;
  readonly prefixTokens: number;
  readonly channels: number;
}

/**
 * Gradients of what the tokens are put together of: each patch's own, and of tokens in front and positions the sum over images.
 *
 * dx [B, T + P, C]; returns dembedded [B, P, C], dprefix [T, C], dposition [T + P, C].
 */
export function assembleBackward(
  dx: Float64Array,
  { batch, patches, prefixTokens, channels }: AssemblyShape,
): { dembedded: Float64Array; dprefix: Float64Array; dposition: Float64Array } {
  const tokens = prefixTokens + patches;
  requireLength('assembleBackward: dx', dx, batch, tokens, channels);
  const dembedded = new Float64Array(batch * patches * channels);
  const dposition = new Float64Array(tokens * channels);
  for (let b = 0; b < batch; b++) {
    const own = dx.subarray(b * tokens * channels, (b + 1) * tokens * channels);
    dembedded.set(own.subarray(prefixTokens * channels), b * patches * channels);
    own.forEach((value, i) => (dposition[i]! += value));
  }
  return { dembedded, dprefix: dposition.slice(0, prefixTokens * channels), dposition };
}

/**
 * Gradients of all that is trained in the embedding: as `assembleBackward`, and the projection's dprojection[c, plane, v, u] = the sum
 * over images and patches of dembedded[c] times the pixel that it met, dbias = the sum of dembedded.
 *
 * dx [B, T + P, C], images [B, 3, S, S].
 */
export function embedBackward(dx: Float64Array, images: Float64Array, prefixTokens: number, shape: EmbedShape) {
  const { batch, imageSize, patchSize, channels } = shape;
  const grid = Math.floor(imageSize / patchSize);
  const patches = grid * grid;
  const assembled = assembleBackward(dx, { batch, patches, prefixTokens, channels });
  const inputs = 3 * patchSize * patchSize;
  const dprojection = new Float64Array(channels * inputs);
  const dbias = new Float64Array(channels);
  for (let i = 0; i < batch * patches; i++) {
    const [b, patch] = [Math.floor(i / patches), i % patches];
    const [top, left] = [Math.floor(patch / grid) * patchSize, (patch % grid) * patchSize];
    for (let c = 0; c < channels; c++) {
      const gradient = assembled.dembedded[i * channels + c]!;
      dbias[c]! += gradient;
      for (let k = 0; k < inputs; k++) {
        const [plane, v, u] = [Math.floor(k / patchSize ** 2), Math.floor(k / patchSize) % patchSize, k % patchSize];
        dprojection[c * inputs + k]! += gradient * images[((b * 3 + plane) * imageSize + top + v) * imageSize + left + u]!;
      }
    }
  }
  return { ...assembled, dprojection, dbias };
}
