import type { Configuration } from '../vit/configuration.js';

export { GONE } from '../vit/methods/unit.js';

/**
 * What merging did to one picture, block by block. P = patches of the picture (row-major, gridSide x gridSide),
 * T = protected tokens in front of them. Typed arrays are transferred, not copied.
 */
export interface MergeBlock {
  /** Tokens after this block's merge (all of them when nothing merges). */
  readonly tokens: number;
  /** [T + P]: for each original token the row it lives in after this block, or {@link GONE}. */
  readonly source: Uint32Array;
  /** [tokens]: patches each token stands for. */
  readonly size: Float32Array;
  /** [r]: rows, before this block's merge, of the token merged away (or dropped) and of the one it was paired with; most similar first. */
  readonly mergedRow: Uint32Array;
  readonly keptRow: Uint32Array;
  /** [r]: cosine similarity of the pair's metric; empty where pairs are not chosen by it. */
  readonly similarity: Float32Array;
  /** [r]: PYRA's g_r of each pair, in -1..1; empty without PYRA. */
  readonly pairModulation: Float32Array;
  /** [D]: PYRA's g_D, in 0..2; empty without PYRA. */
  readonly channelModulation: Float32Array;
  /** [r]: ||change|| / ||src|| of each pair, the strength of the modulation; empty without PYRA. */
  readonly modulationStrength: Float32Array;
  /** [r, 3, D]: of each pair src and dst as they were before the merge, and the token that both live in after it. */
  readonly pairTokens: Float32Array;
  /** [r, 2, D / heads]: what src and dst are compared by, their keys averaged over the heads. */
  readonly pairKeys: Float32Array;
}

export interface MergeMap {
  /** Which weights: `backbone`, or a run. */
  readonly weights: 'backbone' | { readonly runId: string; readonly epoch: number };
  /** The backbone under them: {@link ModelSummary.fingerprint}. */
  readonly backbone: string;
  /** How it merged; a run's own where the weights are a run's. */
  readonly configuration: Configuration;
  readonly picture: PictureReference;
  /** The data set that the picture is of: {@link DataSummary.fingerprint}; null for a photograph, and for one of the person's own. */
  readonly data: string | null;
  /** The picture's class, by its name in the data set; null where it has none. */
  readonly truth: string | null;
  readonly gridSide: number;
  readonly imageSize: number;
  readonly protectedTokens: number;
  /** RGBA, imageSize x imageSize: what the model saw. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly blocks: readonly MergeBlock[];
  /**
   * Names of the classes that the head tells apart: a run's, or those of the backbone's own head; empty while the head is untrained.
   */
  readonly classes: readonly string[];
  /** [classes]: softmax of the logits. */
  readonly probabilities: Float32Array;
  /** Milliseconds of one forward of this picture alone. */
  readonly milliseconds: number;
}

export type Part = 'train' | 'validation' | 'test';

export interface PictureReference {
  readonly part: Part | 'photograph' | 'own';
  /** Index within the part, or of {@link PHOTOGRAPHS}; for `own`, the number that {@link PlaygroundApi.addOwnPicture} gave. */
  readonly index: number;
}
