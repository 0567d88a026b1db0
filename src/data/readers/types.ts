import type { ByteSource } from '../../containers/bytes.js';
import type { Question, SkippedFile } from '../../protocol/api.js';
import type { Part } from '../../protocol/maps.js';
import type { Framing } from '../../vit/framing.js';
import type { Picture } from '../pictures/picture.js';

/** Where an example's picture comes from. */
export type Content =
  /** A picture file of its own. */
  | { readonly kind: 'file'; readonly source: ByteSource }
  /** A picture file inside another file. */
  | { readonly kind: 'bytes'; read(): Promise<Uint8Array<ArrayBuffer>> }
  /** Bare pixels. */
  | {
      readonly kind: 'pixels';
      /** How the picture was already made a square, if it was; the square may be resized, but not cropped again. */
      readonly framing?: Framing;
      read(): Promise<Picture>;
      /** The digest of the file from which the pixels were made, where it is known; it is then the picture's digest. */
      digest?(): Promise<string | undefined>;
    };

export interface RawExample {
  readonly name: string;
  readonly label: number;
  /** Null where the data set does not say. */
  readonly part: Part | null;
  readonly content: Content;
  /** The path below its class's folder, where it has one. The split depends on it, so that a moved data set is split in the same way. */
  readonly below?: string;
}

/** An example with its number in the data set before edits, which edits do not change. */
export interface KeyedExample extends RawExample {
  readonly key: number;
}

/** The contents of a data set of one form. */
export interface ReadSet {
  /** The form's title for users: `CIFAR-10 binary batches`. */
  readonly form: string;
  readonly classes: readonly string[];
  readonly examples: readonly RawExample[];
  readonly skipped: readonly SkippedFile[];
  /** Where the parts come from: `folders train, val, test`; null where the data set gives none. */
  readonly partsFrom: string | null;
}

/** A data set as it was read, before edits and before the split. */
export interface RawDataset extends ReadSet {
  /** Where the labels come from: `folders`. */
  readonly labelsFrom: string;
  readonly questions: readonly Question[];
  /** Further sentences for the user. */
  readonly notes: readonly string[];
  /** The usual shorter side of the pictures, in pixels; absent where nothing says it. */
  readonly typicalSide?: number;
}

/** The given files after archives were opened: pictures and all others. */
export interface Found {
  readonly pictures: readonly ByteSource[];
  readonly others: readonly ByteSource[];
}
