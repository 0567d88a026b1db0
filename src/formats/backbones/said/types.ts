import type { ByteSource } from '../../../containers/bytes.js';
import type { PeftConfig } from '../../adapted/peft-config.js';
import type { Framing } from '../../../vit/framing.js';

/** A value and the place where it was found. */
export interface Said<T> {
  readonly value: T;
  readonly from: string;
}

export interface Normalisation {
  /** Of pixels from 0 to 1: (x - mean) / std, per channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What the configuration files and the metadata say about a model. Everything is optional. */
export interface SaidOfModel {
  readonly heads?: Said<number>;
  readonly layerNormEpsilon?: Said<number>;
  readonly normalisation?: Said<Normalisation>;
  readonly embedDim?: Said<number>;
  readonly depth?: Said<number>;
  readonly patchSize?: Said<number>;
  /** Side of the pictures in pixels. */
  readonly imageSize?: Said<number>;
  /** How a picture becomes a square. */
  readonly framing?: Said<Framing>;
  /** Of the classes, in order. */
  readonly labels?: readonly string[];
  /** transformers' `model_type`. */
  readonly modelType?: Said<string>;
  /** timm's name of the architecture, with its tag where it has one. */
  readonly timmName?: Said<string>;
  /** A property of the model that is not supported, as a sentence. */
  readonly unsupported?: string;
}

export interface ConfigurationFiles {
  /** `*.index.json`, which says which shard holds which tensor. */
  readonly index: ByteSource | undefined;
  readonly peft: PeftConfig | undefined;
  /** What each file says, the one nearest to the model first. */
  readonly said: readonly SaidOfModel[];
  readonly notes: readonly string[];
}

/** The first statement of this key. */
export function firstSaid<Key extends keyof SaidOfModel>(all: readonly SaidOfModel[], key: Key): SaidOfModel[Key] | undefined {
  return all.find((said) => said[key] !== undefined)?.[key];
}
