import type { ErrorCode } from '../../../src/vit/errors.js';

/** A reader, and a valid file of it to mutate. */
export interface FuzzedReader {
  readonly name: string;
  readonly seed: Uint8Array;
  /** Reads the bytes to the end. Rejects, or resolves to the codes of the problems that it found. */
  read(bytes: Uint8Array): Promise<readonly ErrorCode[]>;
}
