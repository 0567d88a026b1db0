import { WHOLE_PICTURE, type Framing } from './framing.js';

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
  /** Register tokens (arXiv 2309.16588), after the class token: attention's scratch space, of no patch and without a head. */
  readonly registers: number;
  readonly layerNormEpsilon: number;
  /** How `pos_embed` is carried to another grid: with antialiasing, as timm does, or without, as transformers and PYRA's authors do. */
  readonly antialiasedPositions: boolean;
  /** Normalisation of the pixels, in units of 0..1, per channel: (x - mean) / std. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** How a picture becomes the square that the network takes. */
  readonly framing: Framing;
}

/**
 * A ViT of these sizes with nothing special about it: an MLP of four times the channels, no distillation or register tokens, and
 * pixels between -1 and 1.
 */
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

/** Tokens from which a backbone begins with smaller pictures than it was made for: DINOv2 is trained at 224 and finished at 518. */
const MOST_TOKENS_TO_BEGIN_WITH = 1025;
const USUAL_SIDE = 224;

/**
 * Side of the pictures to begin with, in whole patches: what the backbone's files ask for, else what it was made for, or 224 where that
 * gives more than {@link MOST_TOKENS_TO_BEGIN_WITH}.
 */
export function usualImageSize(architecture: TokensInFront & Pick<Architecture, 'imageSize' | 'patchSize' | 'framing'>): number {
  const { imageSize, patchSize, framing } = architecture;
  const said = framing.side ?? imageSize;
  const side = initialTokens(architecture, said) > MOST_TOKENS_TO_BEGIN_WITH ? USUAL_SIDE : said;
  return side < patchSize ? imageSize : side - (side % patchSize);
}

/** The part of an architecture that says which tokens stand before the patches. */
export type TokensInFront = Pick<Architecture, 'distilled' | 'registers'>;

/** Tokens that never merge away and stand in front: the class token, the distillation token, the registers. */
export function protectedTokens({ distilled, registers }: TokensInFront): number {
  return (distilled ? 2 : 1) + registers;
}

/** What the protected tokens are, in their order. */
export function protectedTokenNames({ distilled, registers }: TokensInFront): readonly string[] {
  const names = Array.from({ length: registers }, (_, index) => (registers > 1 ? `register ${index + 1}` : 'register'));
  return ['class token', ...(distilled ? ['distillation token'] : []), ...names];
}

/** Tokens that enter the first block for a square image of `imageSize` pixels (whole patches only). */
export function initialTokens(architecture: TokensInFront & Pick<Architecture, 'patchSize'>, imageSize: number): number {
  const side = Math.floor(imageSize / architecture.patchSize);
  return side * side + protectedTokens(architecture);
}
