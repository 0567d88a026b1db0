import type { IntegerOption } from '../options.js';
import type { WeightDescription } from '../trained-weights.js';

/** A block's shape, for counting multiply-accumulates. */
export interface AdaptedShape {
  /** Tokens in the attention, and in the MLP after the reduction. */
  readonly tokens: number;
  readonly tokensLeft: number;
  readonly channels: number;
  /** The adapter's own size: LoRA's rank, or the hidden width of the adapter. */
  readonly size: number;
}

/** An adapter unit: weights that are trained in each block beside the frozen ones. */
export interface AdapterUnit<Name extends string = string, Size extends string = string> {
  readonly name: Name;
  readonly label: string;
  /** Its name before its size in a list: `LoRA 8`, `adapter 8`. */
  readonly tag: string;
  readonly line: string;
  /** Its name in a sentence: `LoRA of rank 8`. */
  readonly phrase: (size: number) => string;
  /** In the plain notation of {@link import('../methods/unit.js').MethodUnit.equations}. */
  readonly equations: readonly string[];
  /** Which half of a block it belongs to. */
  readonly half: 'attention' | 'mlp';
  /** The configuration's option that holds its size. */
  readonly size: Size;
  readonly options: Readonly<Record<Size, IntegerOption>>;
  /** The part of its weights' names by which the authors' code selects what is trained. */
  readonly letters: string;
  readonly weights: readonly WeightDescription[];
  /**
   * Multiply-accumulates for one picture in one block, with the weights kept apart from the frozen ones, as in training, and not folded
   * into them.
   */
  readonly macs: (shape: AdaptedShape) => number;
}

export const defineAdapter = <const Name extends string, const Size extends string>(
  unit: AdapterUnit<Name, Size>,
): AdapterUnit<Name, Size> => unit;
