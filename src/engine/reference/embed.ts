import { requireLength } from './shapes.js';

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
 * embedding. Everything here is frozen and nothing lies below, so there is no backward.
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
