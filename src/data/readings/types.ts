import type { Question, SkippedFile } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { PlaygroundError } from '../../vit/errors.js';
import type { RawExample } from '../readers/types.js';

/**
 * The files that were given, after archives were opened. A file's name is its path from the top, with forward slashes. Files that tools and
 * operating systems leave behind are not included.
 */
export interface Given {
  /** The data set's name in messages. */
  readonly name: string;
  /** Files that are supported pictures by their content. */
  readonly pictures: readonly ByteSource[];
  /** Pictures that cannot be read, with the reason (`is a Netpbm picture, ...`). They belong to a class, and are listed as left out. */
  readonly unreadable: ReadonlyMap<ByteSource, string>;
  /** All other files: tables, lists, containers, documentation, unknown files. */
  readonly others: readonly ByteSource[];
  /** The first {@link HEAD_BYTES} bytes of a file, read once for all readers. */
  head(file: ByteSource): Promise<Uint8Array<ArrayBuffer>>;
}

/** Enough of a file's beginning to recognise its format. */
export const HEAD_BYTES = 512;

/** The user's answers where the files are ambiguous. */
export interface ReadingOptions {
  /** The `form` of a reading: only readings of this form are considered. */
  readonly form?: string;
  /** The name of the table's column of labels, or its number from 1 where the table has no header. */
  readonly labelColumn?: string;
  /** The same for the column of parts; `none` if no column gives parts. */
  readonly partColumn?: string;
  /** The task to read, where there are several VTAB-1k tasks, or the configuration, where there are several. */
  readonly task?: string;
}

/** How sure a reader's labels are, in decreasing order. */
export const EVIDENCE = [
  /** The format itself has labels, or there is an official list. */
  'declared',
  /** A table has a column of labels by its name and content. */
  'said',
  /** Folders are arranged as class folders are. */
  'shown',
  /** There is only an indication: a column that might be the label, a word in the pictures' names. */
  'guessed',
] as const;
export type Evidence = (typeof EVIDENCE)[number];

export type { Question };

/** One way to understand the files as a data set, proposed by one reader. */
export interface Reading {
  readonly kind: 'reading';
  /** The word for the option `--form`. */
  readonly form: string;
  /** The form's title for users: `a folder for each class`. */
  readonly title: string;
  readonly classes: readonly string[];
  /** The labelled pictures. Their content is read when it is asked for. */
  readonly examples: readonly RawExample[];
  /** Files and rows within this reading that are left out, with reasons. */
  readonly leftOut: readonly SkippedFile[];
  /**
   * The given files that this reading uses or names in `leftOut`: pictures, containers, tables and lists. All other files count as
   * unexplained.
   */
  readonly accounts: ReadonlySet<ByteSource>;
  /** The number of pictures that it explains, where that is not the number of its examples: pictures of other tasks count too. */
  readonly explains?: number;
  /** The task or configuration that was asked for, where this reading has it. */
  readonly task?: string;
  readonly evidence: Evidence;
  /** Where the labels come from: `folders`, `column 'dx' of HAM10000_metadata.csv`. */
  readonly labelsFrom: string;
  /** Where the parts come from: `folders train, val, test`; null where the data set gives none. */
  readonly partsFrom: string | null;
  readonly questions: readonly Question[];
  /** Further sentences for the user: `'Cat' and 'cat' are taken for one class`. */
  readonly notes: readonly string[];
}

/** Files that a reader recognises but that are not supported; the reason names the format and says what to do. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly form: string;
  /** The files that it is about. If a reading explains more, these files are left out with this reason. */
  readonly accounts: ReadonlySet<ByteSource>;
  /** The number of pictures that cannot be read because of it, if known; otherwise the number of files. */
  readonly pictures: number;
  /** Continues a sentence that begins with the file's name: `is an HDF5 file, which is not read here; ...`. */
  readonly reason: string;
  /** Thrown where no reading explains more. */
  readonly error: PlaygroundError;
}

export type Proposal = Reading | Refusal;

/**
 * Looks for its form among the given files, and proposes nothing where there is none. Rejects with `data.label` or `file.damaged` where the
 * form is there but its contents are wrong.
 */
export type Reader = (given: Given, options: ReadingOptions) => Promise<readonly Proposal[]>;

/** A table, read from text or from parquet. All rows have the same number of cells. */
export interface Table {
  readonly file: ByteSource;
  /** Null where the table has no header. */
  readonly header: readonly string[] | null;
  /** The column that has the labels by the file's form, whatever its name: COCO's categories. */
  readonly labelColumn?: string;
  readonly rows: readonly {
    readonly cells: readonly string[];
    /** The number of its line or row, from 1, for messages. */
    readonly line: number;
  }[];
}
