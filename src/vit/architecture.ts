/** The shape of a vision transformer, as far as it can be read off a checkpoint. All lengths are counts, sizes in pixels. */
export interface Architecture {
  /** Side of the square image that `pos_embed` was made for. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** Channels D of the residual stream. */
  readonly embedDim: number;
  /** Number of blocks L. */
  readonly depth: number;
  readonly heads: number;
  /** Width of the MLP's hidden layer, 4 D in the standard models. */
  readonly mlpHidden: number;
  /** DeiT's distillation token: a second token and a second head. */
  readonly distilled: boolean;
  readonly layerNormEpsilon: number;
  /** Normalisation of the pixels, in units of 0..1, per channel: (x - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Tokens that never merge away: the class token, and the distillation token where there is one. */
export function protectedTokens(architecture: Pick<Architecture, 'distilled'>): number {
  return architecture.distilled ? 2 : 1;
}

/** Tokens that enter the first block for a square image of `imageSize` pixels (whole patches only). */
export function initialTokens(architecture: Pick<Architecture, 'distilled' | 'patchSize'>, imageSize: number): number {
  const side = Math.floor(imageSize / architecture.patchSize);
  return side * side + protectedTokens(architecture);
}
