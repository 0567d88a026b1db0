import { WHOLE_PICTURE, type Framing } from './framing.js';

/** The shape of a vision transformer, as far as it can be read off a checkpoint. All lengths are counts, sizes in pixels. */
export interface Architecture {
  /** Side of the square image that `pos_embed` was made for. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** C: channels of the residual stream. */
  readonly embedDim: number;
  /** Number of blocks L. */
  readonly depth: number;
  readonly heads: number;
  /** Width of the MLP's hidden layer, 4 C in the standard models. */
  readonly mlpHidden: number;
  /** Whether there is DeiT's distillation token: a second token in front, with a second head. */
  readonly distilled: boolean;
  /** Number of register tokens (arXiv 2309.16588), which stand after the class token and belong to no patch and no head. */
  readonly registers: number;
  readonly layerNormEpsilon: number;
  /**
   * Whether `pos_embed` is resampled to another grid with antialiasing, as timm does, or without, as transformers and PYRA's authors do.
   */
  readonly antialiasedPositions: boolean;
  /** Normalisation of the pixels, in units of 0..1, per channel: (x - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** How a picture becomes the square that the network takes as input. */
  readonly framing: Framing;
}

/** A plain ViT of these sizes: an MLP of four times the channels, no distillation token, no registers, and pixels between -1 and 1. */
export function plainArchitecture(
  sizes: Pick<Architecture, 'imageSize' | 'patchSize' | 'embedDim' | 'depth' | 'heads'>,
): Architecture {
  return {
    ...sizes,
    mlpHidden: 4 * sizes.embedDim,
    distilled: false,
    registers: 0,
    antialiasedPositions: false,
    framing: WHOLE_PICTURE,
    layerNormEpsilon: 1e-6,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  };
}

/**
 * A backbone with more tokens than this starts with smaller pictures than it was made for. DINOv2 is trained at 224 pixels and finished at
 * 518.
 */
const MOST_TOKENS_TO_BEGIN_WITH = 1025;
const USUAL_SIDE = 224;

/**
 * The default side of pictures, a whole number of patches: what the backbone's files ask for, else the side that `pos_embed` was made for.
 * It is 224 where that would give more than {@link MOST_TOKENS_TO_BEGIN_WITH} tokens.
 */
export function usualImageSize(architecture: TokensInFront & Pick<Architecture, 'imageSize' | 'patchSize' | 'framing'>): number {
  const { imageSize, patchSize, framing } = architecture;
  const said = framing.side ?? imageSize;
  const side = initialTokens(architecture, said) > MOST_TOKENS_TO_BEGIN_WITH ? USUAL_SIDE : said;
  return side < patchSize ? imageSize : side - (side % patchSize);
}

/** The part of an architecture that says which tokens stand in front of the patches. */
export type TokensInFront = Pick<Architecture, 'distilled' | 'registers'>;

/** T: the number of tokens in front of the patches, which never merge: class token, distillation token, registers. */
export function protectedTokens({ distilled, registers }: TokensInFront): number {
  return (distilled ? 2 : 1) + registers;
}

/** The names of the protected tokens, in their order. */
export function protectedTokenNames({ distilled, registers }: TokensInFront): readonly string[] {
  const names = Array.from({ length: registers }, (_, index) => (registers > 1 ? `register ${index + 1}` : 'register'));
  return ['class token', ...(distilled ? ['distillation token'] : []), ...names];
}

/** Tokens that enter the first block for a square image of `imageSize` pixels (whole patches only). */
export function initialTokens(architecture: TokensInFront & Pick<Architecture, 'patchSize'>, imageSize: number): number {
  const side = Math.floor(imageSize / architecture.patchSize);
  return side * side + protectedTokens(architecture);
}
