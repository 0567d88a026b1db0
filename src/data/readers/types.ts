import type { ByteSource } from '../../containers/bytes.js';
import type { Question, SkippedFile } from '../../protocol/api.js';
import type { Part } from '../../protocol/maps.js';
import type { Framing } from '../../vit/framing.js';
import type { Picture } from '../pictures/picture.js';

/** Where an example's picture comes from. */
export type Content =
  /** A picture file of its own. */
  | { readonly kind: 'file'; readonly source: ByteSource }
  /** A picture file inside something larger. */
  | { readonly kind: 'bytes'; read(): Promise<Uint8Array<ArrayBuffer>> }
  /** Bare pixels. */
  | {
      readonly kind: 'pixels';
      /** How the picture became a square already, where it did: that is resized, and cut no more. */
      readonly framing?: Framing;
      read(): Promise<Picture>;
      /** Of what the pixels were made from, where that is known: the picture's digest is then that. */
      digest?(): Promise<string | undefined>;
    };

export interface RawExample {
  readonly name: string;
  readonly label: number;
  /** Null where the data set does not say. */
  readonly part: Part | null;
  readonly content: Content;
  /** Its path below its class's folder, where it has one: what the split goes by, so that a moved set is split alike. */
  readonly below?: string;
}

/** An example with its place among all of the data set, which edits do not change. */
export interface KeyedExample extends RawExample {
  readonly key: number;
}

/** What one form's files hold. */
export interface ReadSet {
  /** For people: `CIFAR-10 binary batches`. */
  readonly form: string;
  readonly classes: readonly string[];
  readonly examples: readonly RawExample[];
  readonly skipped: readonly SkippedFile[];
  /** Which rule gave the parts: `folders train, val, test`; null where nothing names parts. */
  readonly partsFrom: string | null;
}

/** A data set as it was understood, before edits and before the split. */
export interface RawDataset extends ReadSet {
  /** Which rule gave the labels: `folders`. */
  readonly labelsFrom: string;
  readonly questions: readonly Question[];
  /** What a person should know beside what was left out, a sentence each. */
  readonly notes: readonly string[];
  /** The usual shorter side of the pictures, in pixels; absent where nothing says it. */
  readonly typicalSide?: number;
}

/** The pictures and everything else that was given, archives opened, by path. */
export interface Found {
  readonly pictures: readonly ByteSource[];
  readonly others: readonly ByteSource[];
}
