import type { NamedTensor } from '../containers/tensors.js';
import type { Architecture } from '../vit/architecture.js';
import type { Configuration } from '../vit/configuration.js';
import type { DataFingerprint } from '../protocol/run.js';

/** A tensor that is read when it is asked for. */
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
   * The same weights as their library has them, where that is not what the network computes with: LayerScale beside its layer, no
   * biases and positions that are zeros here.
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
  /** Of their pairs, most similar first, those that were trained in each block, where these weights merge at another rate; all where absent. */
  readonly trainedPairs?: readonly number[] | undefined;
  readonly accuracy: { readonly validation: number | null; readonly test: number | null };
  /** Of the pictures it was trained and measured on; absent where nothing says it. */
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
  /** Of the head's classes, in their order, where a configuration file names them. */
  readonly labels?: readonly string[];
  readonly notes: readonly string[];
  /** How pixels are normalised and what says so, a sentence; absent where there is no backbone. */
  readonly normalisation?: string;
  /** What only custom says, and another choice would change every result: a sentence each. */
  readonly guesses: readonly string[];
  /** Why a head that the file has is not this model's, where it is not: part of a sentence. */
  readonly headless?: string;
  /** Layers of the backbone that an adapter in the same files was folded into: the backbone is no longer the one it began as. */
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
