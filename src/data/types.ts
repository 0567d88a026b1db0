import type { ByteSource } from '../containers/bytes.js';
import type { DataEdits, SkippedFile } from '../protocol/api.js';
import type { Part } from '../protocol/maps.js';
import type { Picture } from './pictures/picture.js';
import type { RawDataset } from './readers/types.js';
import type { Framing } from '../vit/framing.js';

/** Decodes pictures; the host provides it: `createImageBitmap` in a browser, `sharp` in Node. */
export interface ImageDecoder {
  /** Rejects with a sentence where the host cannot read the bytes as a picture. */
  decode(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Picture>;
}

export interface Dataset {
  readonly name: string;
  /** For example `a folder for each class`, `VTAB-1k lists`, `drawn task`. */
  readonly form: string;
  readonly classes: readonly string[];
  /** A sentence that says how the parts were made. */
  readonly split: string;
  /** The examples of each part, as indices into the data set. */
  readonly parts: Readonly<Record<Part, readonly number[]>>;
  readonly length: number;
  nameOf(index: number): string;
  label(index: number): number;
  /**
   * The picture as a square, [side, side, 4] RGBA, by default resized in both directions with antialiased bicubic interpolation. A picture
   * of a drawn task is drawn at this side. Rejects with `data.image` where the picture cannot be decoded, and with `data.empty` where only
   * squares of another framing were kept.
   */
  pixels(index: number, side: number, framing?: Framing): Promise<Uint8Array<ArrayBuffer>>;
  /** The original decoded picture. */
  picture(index: number): Promise<Picture>;
  /**
   * The picture as a file: its own bytes, or a PNG where it came as bare pixels or was drawn. Rejects with `data.image` where the file is
   * truncated or no picture.
   */
  encoded(index: number): Promise<EncodedPicture>;
  /**
   * Differs between data sets with different files, and does not change with edits or the split. The browser stores kept data sets under
   * it.
   */
  readonly fingerprint: string;
  /**
   * 32 hexadecimal digits: a digest of the picture's file, or of its pixels where it came as pixels. It is computed when the picture is
   * read; if that has not happened yet, the file is read now. Rejects where the file cannot be read.
   */
  digest(index: number): Promise<string>;
  /** A number that identifies the picture. Edits may change its index, but not this number. */
  key(index: number): number;
}

export interface EncodedPicture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Without a dot, for example `jpg`. */
  readonly extension: string;
}

export interface OpenedDataset {
  readonly dataset: Dataset;
  readonly skipped: readonly SkippedFile[];
  /** Sentences for the user about classes and parts. */
  readonly notes: readonly string[];
  /** The same files with other edits or another split; nothing is read again. Throws the errors of opening. */
  edit(edits: DataEdits): OpenedDataset;
  /** What was read from the files, before edits and the split. */
  readonly raw: RawDataset;
}

export type { ByteSource, Picture };
