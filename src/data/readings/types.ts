import type { Question, SkippedFile } from '../../protocol/api.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { PlaygroundError } from '../../vit/errors.js';
import type { RawExample } from '../readers/types.js';

/**
 * What was given, archives opened: every file by its path from the top, with forward slashes. What tools and computers leave
 * behind is not among it.
 */
export interface Given {
  /** What messages call the data set. */
  readonly name: string;
  /** Picture files by content. */
  readonly pictures: readonly ByteSource[];
  /**
   * What is meant as a picture and cannot be read here, with the reason (`is a Netpbm picture, ...`): it has its place in a
   * class, and is left out by name.
   */
  readonly unreadable: ReadonlyMap<ByteSource, string>;
  /** Everything else: tables, lists, containers, documentation, strangers. */
  readonly others: readonly ByteSource[];
  /** A file's first bytes, up to {@link HEAD_BYTES}: read once for all readers. */
  head(file: ByteSource): Promise<Uint8Array<ArrayBuffer>>;
}

/** As much of a file's beginning as tells its form. */
export const HEAD_BYTES = 512;

/** What a person says where the files leave it open. */
export interface ReadingOptions {
  /** One of {@link FORMS}: only readings of this form are considered. */
  readonly form?: string;
  /** Name (or number from 1, where there is no header) of a table's column that holds the labels. */
  readonly labelColumn?: string;
  /** The same of the column that holds the parts; `none` for none of them. */
  readonly partColumn?: string;
  /** Which task of a folder that holds several VTAB-1k tasks, or which configuration of several. */
  readonly task?: string;
}

/** How sure a reader's labels are, the surest first. */
export const EVIDENCE = [
  /** The files declare themselves: a file format with labels inside, an official list. */
  'declared',
  /** A table's column is named for labels, and holds such. */
  'said',
  /** Folders lie as class folders do. */
  'shown',
  /** Nothing else speaks: a column that might be the label, a word in the pictures' names. */
  'guessed',
] as const;
export type Evidence = (typeof EVIDENCE)[number];

export type { Question };

/** What one reader takes the files for. */
export interface Reading {
  readonly kind: 'reading';
  /** A word for `--form`. */
  readonly form: string;
  /** For people: `a folder for each class`. */
  readonly title: string;
  readonly classes: readonly string[];
  /** The labelled pictures. A picture inside a container is read when it is asked for (`content.kind` `bytes` or `pixels`). */
  readonly examples: readonly RawExample[];
  /** What of the files that this reading is about takes no part, and why, in one sentence each. */
  readonly leftOut: readonly SkippedFile[];
  /**
   * The given files that this reading accounts for: pictures, containers, tables and lists that it reads or names in `leftOut`.
   * The rest is what it leaves unexplained.
   */
  readonly accounts: ReadonlySet<ByteSource>;
  /** How many pictures it explains, where that is more than it labels: those of another task among several. */
  readonly explains?: number;
  /** The task or configuration that was asked for, where this reading knows what is meant by it. */
  readonly task?: string;
  readonly evidence: Evidence;
  /** Which rule gave the labels: `folders`, `column 'dx' of HAM10000_metadata.csv`. */
  readonly labelsFrom: string;
  /** Which rule gave the parts: `folders train, val, test`; null where nothing names parts. */
  readonly partsFrom: string | null;
  readonly questions: readonly Question[];
  /** What a person should know beside what was left out, a sentence each: `'Cat' and 'cat' are taken for one class`. */
  readonly notes: readonly string[];
}

/** What a reader knows and does not take: the reason names the form and the way out. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly form: string;
  /** The files that it is about. Beside a reading that explains more they are left out with this reason. */
  readonly accounts: ReadonlySet<ByteSource>;
  /** How many pictures a person would lose by it, as far as that can be told; the files' number where not. */
  readonly pictures: number;
  /** Behind the file's name: `is an HDF5 file, which is not read here; ...`. */
  readonly reason: string;
  /** Thrown where nothing explains more. */
  readonly error: PlaygroundError;
}

export type Proposal = Reading | Refusal;

/** Looks for its form among what was given. It throws only where the one thing it is about is damaged and there is nothing else. */
export type Reader = (given: Given, options: ReadingOptions) => Promise<readonly Proposal[]>;

/** A table read into columns: from text by the table reader, from parquet by its own. Rows and columns are rectangular. */
export interface Table {
  readonly file: ByteSource;
  /** Null where the table has no header. */
  readonly header: readonly string[] | null;
  readonly rows: readonly {
    readonly cells: readonly string[];
    /** For messages: the line or row where it stands, from 1. */
    readonly line: number;
  }[];
}
