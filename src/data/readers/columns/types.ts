/** What the readers of data sets need of a file of columns (parquet or Arrow). */
import type { ByteSource } from '../../../containers/bytes.js';

export type ColumnType =
  /** A struct of a picture file's bytes and its path, as the `datasets` library writes pictures. */
  'picture' | 'bytes' | 'text' | 'integer' | 'real' | 'boolean' | 'list' | 'other';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** How the `datasets` library declares a column. */
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
  /** All values of a column that has no pictures: texts, numbers, booleans, null. Rejects with `file.damaged` or `file.unsupported`. */
  values(column: string): Promise<unknown[]>;
  /** The bytes of a row's picture file, its path where the file is external, or null where there is none. Fastest in the order of rows. */
  picture(column: string, row: number): Promise<Uint8Array<ArrayBuffer> | { readonly path: string } | null>;
  /** The rows of a picture column without bytes. Pictures are read for this only where the file's statistics do not tell. */
  missing(column: string): Promise<readonly number[]>;
}
