import type { ByteSource } from '../containers/bytes.js';
import type { DataEdits, SkippedFile } from '../protocol/api.js';
import type { Part } from '../protocol/maps.js';
import type { Picture } from './pictures/picture.js';
import type { RawDataset } from './readers/types.js';
import type { Framing } from '../vit/framing.js';

/** The one thing a data set needs from its host: `createImageBitmap` in a browser, `sharp` in Node. */
export interface ImageDecoder {
  /** Rejects with a sentence where the bytes are no picture that the host can read. */
  decode(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Picture>;
}

export interface Dataset {
  readonly name: string;
  /** For example `a folder for each class`, `VTAB-1k lists`, `drawn task`. */
  readonly form: string;
  readonly classes: readonly string[];
  /** How the parts came about, as a sentence. */
  readonly split: string;
  /** Examples of each part, as indices into the data set. */
  readonly parts: Readonly<Record<Part, readonly number[]>>;
  readonly length: number;
  nameOf(index: number): string;
  label(index: number): number;
  /**
   * The picture as a square [side, side, 4], RGBA: stretched by antialiased bicubic where nothing else is said. Rejects with `data.image`
   * where it cannot be decoded, with `data.empty` where only squares are at hand that were made otherwise. Drawn pictures are drawn at
   * that side.
   */
  pixels(index: number, side: number, framing?: Framing): Promise<Uint8Array<ArrayBuffer>>;
  /** The original decoded picture. */
  picture(index: number): Promise<Picture>;
  /**
   * The picture as a file: the bytes it came in, or a PNG where it came as bare pixels or is drawn. Rejects with `data.image`
   * where it plainly is no whole picture.
   */
  encoded(index: number): Promise<EncodedPicture>;
  /** Differs between data sets whose files differ; edits and another split do not change it. What is kept is kept under it. */
  readonly fingerprint: string;
  /**
   * 32 hexadecimal digits of the picture's content: of the bytes of its file, or of its pixels where it came as those. Taken while
   * the picture is read; where it was not, its file is read for it. Rejects where that cannot be read.
   */
  digest(index: number): Promise<string>;
  /** A number that stays with the picture through edits, which shift its index. */
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
  /** What a person should know of classes and parts, a sentence each. */
  readonly notes: readonly string[];
  /** The same files with other edits and another split: nothing is read again. Throws as opening does. */
  edit(edits: DataEdits): OpenedDataset;
  /** What the files said, before edits and the split. */
  readonly raw: RawDataset;
}

export type { ByteSource, Picture };
