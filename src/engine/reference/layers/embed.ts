import { requireLength } from '../shapes.js';

export interface EmbedShape {
  readonly images: number;
  /** The side of the square image in pixels; remaining pixels that fill no patch are ignored. */
  readonly imageSize: number;
  readonly patchSize: number;
  readonly channels: number;
}

export interface EmbedWeights {
  /** [C, 3, p, p]. */
  readonly projection: Float64Array;
  /** [C]. */
  readonly bias: Float64Array;
  /** The tokens in front, [C] each, in the order `cls_token`, `dist_token`, register tokens. */
  readonly prefix: readonly Float64Array[];
  /** [T + P, C], for the grid of this image. */
  readonly positions: Float64Array;
}

/**
 * Tokens of an image: each p x p patch (row-major) times the projection plus bias, the prefix tokens in front, plus the position
 * embedding.
 *
 * pixels [B, 3, S, S], normalised; returns x [B, T + P, C].
 */
export function embed(pixels: Float64Array, weights: EmbedWeights, shape: EmbedShape): Float64Array {
  const { images, imageSize, patchSize, channels } = shape;
  const gridSide = Math.floor(imageSize / patchSize);
  const prefix = weights.prefix.length;
  const tokens = prefix + gridSide * gridSide;
  requireLength('embed: pixels', pixels, images, 3, imageSize, imageSize);
  requireLength('embed: projection', weights.projection, channels, 3, patchSize, patchSize);
  requireLength('embed: positions', weights.positions, tokens, channels);
  const x = new Float64Array(images * tokens * channels);
  for (let b = 0; b < images; b++) {
    for (let n = 0; n < tokens; n++) {
      const token = weights.prefix[n];
      const top = Math.floor((n - prefix) / gridSide) * patchSize;
      const left = ((n - prefix) % gridSide) * patchSize;
      for (let c = 0; c < channels; c++) {
        let sum = token ? token[c]! : weights.bias[c]!;
        if (!token) {
          for (let plane = 0; plane < 3; plane++) {
            for (let v = 0; v < patchSize; v++) {
              for (let u = 0; u < patchSize; u++) {
                sum +=
                  weights.projection[((c * 3 + plane) * patchSize + v) * patchSize + u]! *
                  pixels[((b * 3 + plane) * imageSize + top + v) * imageSize + left + u]!;
              }
            }
          }
        }
        x[(b * tokens + n) * channels + c] = sum + weights.positions[n * channels + c]!;
      }
    }
  }
  return x;
}

/** The sizes of {@link assembleBackward}. */
export interface AssemblyShape {
  readonly images: number;
  /** P patches, after T tokens in front. */
  readonly patches: number;
  readonly protectedTokens: number;
  readonly channels: number;
}

/**
 * The backward of putting tokens together: dembedded is dx of the patches; dprefix and dpositions are sums of dx over images.
 *
 * dx [B, T + P, C]; returns dembedded [B, P, C], dprefix [T, C], dpositions [T + P, C].
 */
export function assembleBackward(
  dx: Float64Array,
  { images, patches, protectedTokens, channels }: AssemblyShape,
): { dembedded: Float64Array; dprefix: Float64Array; dpositions: Float64Array } {
  const tokens = protectedTokens + patches;
  requireLength('assembleBackward: dx', dx, images, tokens, channels);
  const dembedded = new Float64Array(images * patches * channels);
  const dpositions = new Float64Array(tokens * channels);
  for (let b = 0; b < images; b++) {
    const own = dx.subarray(b * tokens * channels, (b + 1) * tokens * channels);
    dembedded.set(own.subarray(protectedTokens * channels), b * patches * channels);
    own.forEach((value, i) => (dpositions[i]! += value));
  }
  return { dembedded, dprefix: dpositions.slice(0, protectedTokens * channels), dpositions };
}

/**
 * The gradients of all weights of the embedding: those of {@link assembleBackward}, dprojection[c, plane, v, u] = the sum over images and
 * patches of dembedded[c] times its pixel, and dbias = the sum of dembedded.
 *
 * dx [B, T + P, C], pixels [B, 3, S, S].
 */
export function embedBackward(dx: Float64Array, pixels: Float64Array, protectedTokens: number, shape: EmbedShape) {
  const { images, imageSize, patchSize, channels } = shape;
  const gridSide = Math.floor(imageSize / patchSize);
  const patches = gridSide * gridSide;
  const assembled = assembleBackward(dx, { images, patches, protectedTokens, channels });
  const pixelsOfPatch = 3 * patchSize * patchSize;
  const dprojection = new Float64Array(channels * pixelsOfPatch);
  const dbias = new Float64Array(channels);
  for (let i = 0; i < images * patches; i++) {
    const [b, patch] = [Math.floor(i / patches), i % patches];
    const [top, left] = [Math.floor(patch / gridSide) * patchSize, (patch % gridSide) * patchSize];
    for (let c = 0; c < channels; c++) {
      const gradient = assembled.dembedded[i * channels + c]!;
      dbias[c]! += gradient;
      for (let k = 0; k < pixelsOfPatch; k++) {
        const [plane, v, u] = [Math.floor(k / patchSize ** 2), Math.floor(k / patchSize) % patchSize, k % patchSize];
        dprojection[c * pixelsOfPatch + k]! += gradient * pixels[((b * 3 + plane) * imageSize + top + v) * imageSize + left + u]!;
      }
    }
  }
  return { ...assembled, dprojection, dbias };
}
