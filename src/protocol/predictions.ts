import type { SkippedFile } from './files.js';

/** What a run takes a picture for. */
export interface PredictedPicture {
  /** Its path within the folder that was given. */
  readonly picture: string;
  readonly class: string;
  /** The class's probability, from 0 to 1. */
  readonly confidence: number;
  /** Of a forward of this picture alone, from handing its pixels over to having its logits. */
  readonly milliseconds: number;
}

/** A predicted picture with its number among those that were given. */
export interface PredictedRow extends PredictedPicture {
  readonly index: number;
}

/** Pictures that a run is about to label. */
export interface PredictionJob {
  readonly id: number;
  /** How many there are. */
  readonly pictures: number;
  /** Files that were left out before any picture was looked at. */
  readonly skipped: readonly SkippedFile[];
}

/** What was labelled since the last portion. */
export interface PredictionPortion {
  readonly rows: readonly PredictedRow[];
  /** Pictures that turned out not to be readable. */
  readonly skipped: readonly SkippedFile[];
  /** Whether none is left. */
  readonly ended: boolean;
}

/** A small picture of what was labelled: RGBA, side x side; null where it cannot be read any more. */
export interface PredictedThumbnail {
  readonly side: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer> | null;
}

/** How a network classifies a picture of the camera. */
export interface LiveGuess {
  /** The most probable classes, the first most. */
  readonly top: readonly { readonly class: string; readonly confidence: number }[];
  /** Of the forward alone. */
  readonly milliseconds: number;
  /** Tokens that are left at the end. */
  readonly tokens: number;
}

/** One picture of the camera, by a run's weights with its own merging and on all tokens. */
export interface LiveLook {
  /** With the run's own way to reduce tokens. */
  readonly own: LiveGuess;
  /** On all tokens; null where the run does not reduce them. */
  readonly whole: LiveGuess | null;
}
