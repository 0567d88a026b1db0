/** How a trained weight is initialised, in PyTorch's terms. */
export type Start =
  | { readonly kind: 'zero' }
  | { readonly kind: 'one' }
  /** The values of the backbone's file. */
  | { readonly kind: 'given' }
  /** Uniform within 1 / sqrt(fan in): Kaiming's with a = sqrt 5, PyTorch's default for a linear layer. */
  | { readonly kind: 'kaiming' }
  /** Uniform within sqrt(6 / (fan in + fan out)). */
  | { readonly kind: 'xavier' }
  /** Normal, cut off at two standard deviations where `truncated`. */
  | { readonly kind: 'normal'; readonly std: number; readonly truncated: boolean };

export const ZERO: Start = { kind: 'zero' };
export const ONE: Start = { kind: 'one' };
export const GIVEN: Start = { kind: 'given' };
export const KAIMING: Start = { kind: 'kaiming' };
export const XAVIER: Start = { kind: 'xavier' };

/** A side of a weight: C channels of the residual stream, three times C, the unit's own size (rank, width, number of pairs), or 1. */
export type Side = 'C' | '3C' | 'size' | 1;

/** AdamW's parameter groups by learning rate. */
export type RateGroup = 'common' | 'pyra';

/** A weight that a unit trains in a block. */
export interface WeightDescription {
  /** The authors' name within the block, such as `attn.LoRA_a.weight`. */
  readonly name: string;
  readonly shape: readonly Side[];
  readonly start: Start;
  readonly group: RateGroup;
}

/** A side as a number. `size` is returned as given: in a pattern it may stand for any length. */
export function sideLength<Size>(side: Side, channels: number, size: Size): number | Size {
  switch (side) {
    case 'C':
      return channels;
    case '3C':
      return 3 * channels;
    case 'size':
      return size;
    case 1:
      return 1;
  }
}
