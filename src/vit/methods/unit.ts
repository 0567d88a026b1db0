import type { OptionDescription } from '../options.js';
import type { WeightDescription } from '../trained-weights.js';

/**
 * How a block brings its tokens from N to N - r: r pairs (src, dst) are chosen, and
 *
 *     out[row] = sum of w x / sum of w    over the tokens that share a row
 *
 * with w of each token as `weight` says. src may be changed by the modulation before it is summed.
 */
export interface Reducer {
  /**
   * `similarity`: ToMe's bipartite matching by the keys. `random`: drawn from the run's seed and the block alone, the same for
   * every picture and every step.
   */
  readonly pairing: Pairing;
  /**
   * The weight of src in its row's mean. `size`: the number of patches that it stands for, which the row then stands for as well. `zero`:
   * src is dropped.
   */
  readonly weight: 'size' | 'zero';
  /** PYRA's two halves, or null where src is not modulated. */
  readonly modulation: Modulation | null;
}

export type Pairing = 'similarity' | 'random';

export interface Modulation {
  /** g_D: one factor for each channel. */
  readonly channels: boolean;
  /** g_r: one factor for each pair. */
  readonly pairs: boolean;
}

/** The row of a patch that was dropped and is no longer part of any token. */
export const GONE = 0xffff_ffff;

/** A block's reduction, for counting multiply-accumulates. */
export interface ReductionShape {
  /** N: tokens before. */
  readonly tokens: number;
  readonly r: number;
  readonly channels: number;
  /** Channels of a head: the width by which tokens are compared. */
  readonly headWidth: number;
}

/** A method: how the number of tokens is reduced in a block. */
export interface MethodUnit<Name extends string = string> {
  /** Its name in configurations and on the command line. */
  readonly name: Name;
  /** Its name for people. */
  readonly label: string;
  readonly line: string;
  /** Paragraphs. */
  readonly explanation: readonly string[];
  /** In a plain notation: `_D` and `_{a b}` below the line, `^T` above it, single letters and `src`, `dst` in italics. */
  readonly equations: readonly string[];
  /** Null where all tokens stay. */
  readonly reducer: Reducer | null;
  /** Whether it is among the methods that are compared at first: those that the paper sets side by side. */
  readonly compared: boolean;
  /** The method's own options, by their names in the configuration. */
  readonly options: Readonly<Record<string, OptionDescription>>;
  /** The weights that it trains in each block that reduces tokens. Their own size is r. */
  readonly weights: readonly WeightDescription[];
  /** Multiply-accumulates of one picture in one block, in addition to the block's own products. */
  readonly macs: (shape: ReductionShape) => number;
}

export const defineMethod = <const Name extends string>(unit: MethodUnit<Name>): MethodUnit<Name> => unit;
