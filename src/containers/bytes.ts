/** Bytes that can be read in slices: a dropped file, a file on disk, an entry of an archive, a buffer. */
export interface ByteSource {
  /** The file's name, or its path inside the folder or archive it came from, with forward slashes. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** Reads of such sources that are under way at a time are made together: the more, the faster. */
  readonly gathered?: true;
  /** Reads `length` bytes from `offset`; rejects with `file.unreadable` where the bytes are not there. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
