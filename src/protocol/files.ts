/** A file that is handed over whole: an export, a figure. */
export interface NamedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A file that was given and left out, and why. */
export interface SkippedFile {
  readonly name: string;
  readonly reason: string;
}
