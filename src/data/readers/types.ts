import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import type { Part } from '../../protocol/maps.js';
import type { Picture } from '../types.js';

/** Where an example's picture comes from. */
export type Content =
  /** A picture file of its own. */
  | { readonly kind: 'file'; readonly source: ByteSource }
  /** A picture file inside something larger. */
  | { readonly kind: 'bytes'; read(): Promise<Uint8Array<ArrayBuffer>> }
  /** Bare pixels. */
  | {
      readonly kind: 'pixels';
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
}

/** An example with its place among all of the data set, which edits do not change. */
export interface KeyedExample extends RawExample {
  readonly key: number;
}

/** A data set as a reader understood it, before edits and before the split. */
export interface RawDataset {
  readonly form: string;
  readonly classes: readonly string[];
  readonly examples: readonly RawExample[];
  readonly skipped: readonly SkippedFile[];
  /** Who says which part an example belongs to, to go behind `as` in a sentence: `the lists say`. */
  readonly partsFrom: string;
}

/** The pictures and everything else that was given, archives opened, by path. */
export interface Found {
  readonly pictures: readonly ByteSource[];
  readonly others: readonly ByteSource[];
}

/** Train, validation or test, from the name of a folder, a file or a cell; null where it is none of them. */
export function partOf(word: string): Part | null {
  const lower = word.toLowerCase();
  if (/^(train|training|trainval|trainset)$/.test(lower)) return 'train';
  if (/^(val|valid|validation|dev|valset)$/.test(lower)) return 'validation';
  if (/^(test|testing|eval|testset)$/.test(lower)) return 'test';
  return null;
}
