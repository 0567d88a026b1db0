import { requireLength } from '../shapes.js';

export interface EmbedShape {
  readonly images: number;
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

/** What the tokens are put together of. */
export interface AssemblyShape {
  readonly images: number;
  /** P, and T in front of them. */
  readonly patches: number;
  readonly protectedTokens: number;
  readonly channels: number;
}

/**
 * Gradients of what the tokens are put together of: each patch's own, and of tokens in front and positions the sum over images.
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
 * Gradients of all that is trained in the embedding: as `assembleBackward`, and the projection's dprojection[c, plane, v, u] = the sum
 * over images and patches of dembedded[c] times the pixel that it met, dbias = the sum of dembedded.
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
