import type { NamedTensor } from '../containers/tensors.js';
import type { Architecture } from '../vit/architecture.js';
import type { Configuration } from '../vit/configuration.js';
import type { DataFingerprint } from '../protocol/runs/run.js';

/** A tensor whose elements are read on demand. */
export interface ResolvedTensor {
  readonly shape: readonly number[];
  read(): Promise<NamedTensor>;
}

/** Tensors by timm name (PYRA's names for its own), read one at a time so that a file never stands in memory twice. */
export interface WeightReader {
  names(): readonly string[];
  /** Undefined where there is no such tensor. */
  shape(name: string): readonly number[] | undefined;
  /** Rejects with `weights.missing-tensor` where there is no such tensor. */
  read(name: string): Promise<NamedTensor>;
  /**
   * The same weights as their library has them, where the network uses another form: with LayerScale apart from its layer, and without the
   * biases and positions that are added here as zeros.
   */
  readonly own?: WeightReader;
}

/** What this project writes into the metadata of adapted weights (`pyra_playground`, a JSON string). */
export interface AdaptedMetadata {
  readonly version: 1;
  readonly configuration: Configuration;
  readonly architecture: Architecture;
  readonly classes: readonly string[];
  /** Tokens merged in each block. */
  readonly schedule: readonly number[];
  /** How many pairs of each block were trained, most similar first, where these weights merge at another rate; absent where all were. */
  readonly trainedPairs?: readonly number[] | undefined;
  readonly accuracy: { readonly validation: number | null; readonly test: number | null };
  /** Fingerprint of the pictures that it was trained and measured on; absent where it is not known. */
  readonly dataFingerprint?: DataFingerprint | undefined;
}

export interface LoadedWeights {
  readonly name: string;
  /** For example `timm`, `Hugging Face ViT`, `AugReg npz`, `PYRA checkpoint`, `adapted weights`. */
  readonly format: string;
  /** Null for a file of adapted weights alone, which has no backbone in it. */
  readonly architecture: Architecture | null;
  readonly reader: WeightReader;
  /** Present where the file is one of ours, or a PYRA checkpoint from which it could be inferred. */
  readonly adapted: AdaptedMetadata | null;
  /** Names of the head's classes, in their order, where a configuration file gives them. */
  readonly labels?: readonly string[];
  readonly notes: readonly string[];
  /** A sentence that says how pixels are normalised and where that is written; absent where there is no backbone. */
  readonly normalisation?: string;
  /** A sentence for each assumption that is only a default: another choice would change every result. */
  readonly guesses: readonly string[];
  /** Why the file's head is not used: part of a sentence. */
  readonly headless?: string;
  /** Layers of the backbone that an adapter in the same files was folded into: the backbone then differs from the original one. */
  readonly folded: readonly string[];
  readonly unused: readonly string[];
}

/** Weights with a backbone in them. */
export type Checkpoint = LoadedWeights & { readonly architecture: Architecture };

/** A backbone with what was trained on top of it: what the exporters take. */
export interface AdaptedModel {
  readonly metadata: AdaptedMetadata;
  readonly backbone: WeightReader;
  /** Trained weights under the authors' names. */
  readonly trained: ReadonlyMap<string, NamedTensor>;
}
