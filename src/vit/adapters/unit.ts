import type { IntegerOption } from '../options.js';
import type { WeightDescription } from '../trained-weights.js';

/** A block's shape, for counting. */
export interface AdaptedShape {
  /** Tokens in the attention, and in the MLP after the reduction. */
  readonly tokens: number;
  readonly tokensLeft: number;
  readonly channels: number;
  /** The unit's own: LoRA's rank, the adapter's width. */
  readonly size: number;
}

/** Weights that are trained in each block beside the frozen ones. */
export interface AdapterUnit<Name extends string = string, Size extends string = string> {
  readonly name: Name;
  readonly label: string;
  /** As it stands before its size in a list: `LoRA 8`, `adapter 8`. */
  readonly tag: string;
  readonly line: string;
  /** In a sentence: `LoRA of rank 8`. */
  readonly phrase: (size: number) => string;
  /** In the plain notation of {@link import('../methods/unit.js').MethodUnit}. */
  readonly equations: readonly string[];
  /** Which half of a block it belongs to. */
  readonly half: 'attention' | 'mlp';
  /** The configuration's name for the unit's size. */
  readonly size: Size;
  readonly options: Readonly<Record<Size, IntegerOption>>;
  /** What the authors know its weights by: these letters are in their names. */
  readonly letters: string;
  readonly weights: readonly WeightDescription[];
  /** Multiply-accumulates of one picture in one block, unfolded as in training. */
  readonly macs: (shape: AdaptedShape) => number;
}

export const defineAdapter = <const Name extends string, const Size extends string>(
  unit: AdapterUnit<Name, Size>,
): AdapterUnit<Name, Size> => unit;
