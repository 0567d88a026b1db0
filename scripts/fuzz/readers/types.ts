import type { ErrorCode } from '../../../src/vit/errors.js';

/** A reader with a file that it takes, for mutations of it. */
export interface FuzzedReader {
  readonly name: string;
  readonly seed: Uint8Array;
  /** Reads the bytes to the end. Rejects or resolves; returns the codes of what was found to be wrong. */
  read(bytes: Uint8Array): Promise<readonly ErrorCode[]>;
}
