/** Files of columns (parquet, Arrow), as far as data sets of pictures need them. */
import type { ByteSource } from '../../../containers/bytes.js';

export type ColumnType =
  /** A struct of a picture file's bytes and its path, as the `datasets` library writes pictures. */
  'picture' | 'bytes' | 'text' | 'integer' | 'real' | 'boolean' | 'list' | 'other';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** What the `datasets` library says of a column. */
export interface Feature {
  readonly kind: 'picture' | 'class' | 'list' | 'other';
  /** A class label's names, in the order of their numbers. */
  readonly names?: readonly string[];
}

export interface ColumnFile {
  readonly file: ByteSource;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly features: ReadonlyMap<string, Feature>;
  /** All values of a column that is no picture: words, numbers, booleans, null. Rejects with `file.damaged` or `file.unsupported`. */
  values(column: string): Promise<unknown[]>;
  /** Bytes of the picture file in a row, or its path where it lies elsewhere, or null where there is none. Best asked for in order. */
  picture(column: string, row: number): Promise<Uint8Array<ArrayBuffer> | { readonly path: string } | null>;
  /** Rows of a picture column that hold no bytes, found without reading the pictures where the file says how many there are. */
  missing(column: string): Promise<readonly number[]>;
}
