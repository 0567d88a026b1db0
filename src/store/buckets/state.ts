import type { History, NamedPicture } from './board.js';

export interface BucketsSlice {
  /** Classes that are made on the page, and their history; kept in this browser. */
  readonly sorting: History;
  /** Whether the pictures are being handed to the worker as a data set. */
  readonly usingBoard: boolean;
  /**
   * Keeps pictures and puts them into a class, or into none.
   *
   * @param joined whether they belong to the step before.
   */
  addToBoard(files: readonly File[], bucket: string | null, joined?: boolean): Promise<void>;
  moveOnBoard(pictures: readonly string[], bucket: string | null): void;
  removeFromBoard(pictures: readonly string[]): void;
  /** Makes a class under a free name; returns its id. */
  addBucket(): string;
  renameBucket(bucket: string, name: string): void;
  removeBucket(bucket: string): void;
  renameBoard(name: string): void;
  clearBoard(): void;
  undoBoard(): void;
  redoBoard(): void;
  /** A picture in its original bytes; null where it is no longer kept. */
  pictureOnBoard(id: string): Promise<Blob | null>;
  /** A picture that cannot be shown, and why, in a sentence. */
  whyUnreadable(id: string): Promise<string>;
  /** Uses the classes as the data set and goes to the playground. Problems are reported at `classes`. */
  useBoard(): Promise<void>;
}

export type { NamedPicture };
