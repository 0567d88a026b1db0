/** Bytes that can be read in slices: a dropped file, a file on disk, an entry of an archive, a buffer. */
export interface ByteSource {
  /** The file's name, or its path inside the folder or archive it came from, with forward slashes. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** Set where reads under way at the same time are made together, so that many at once are faster than one after another. */
  readonly gathered?: true;
  /** Reads `length` bytes from `offset`; rejects with `file.unreadable` where the bytes are not there. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
