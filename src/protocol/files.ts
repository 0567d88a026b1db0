/** A file that is handed over whole: an export, a figure. */
export interface NamedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What was left out of what was given, and why. */
export interface SkippedFile {
  readonly name: string;
  readonly reason: string;
}
