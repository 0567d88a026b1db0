/**
 * Errors that a user can act on. Each has a stable code, and one sentence that names the file, tensor or option, what was found and what
 * was expected. A thrown error loses its class at a worker's boundary, so the plain {@link ErrorRecord} is sent across it instead.
 */
export type ErrorCode =
  | 'usage'
  | 'file.unreadable'
  | 'file.unwritable'
  | 'file.damaged'
  | 'file.unsupported'
  | 'weights.not-here'
  | 'weights.missing-tensor'
  | 'weights.wrong-shape'
  | 'weights.unsupported-architecture'
  | 'data.empty'
  | 'data.one-class'
  | 'data.label'
  | 'data.image'
  | 'option.invalid'
  | 'schedule.invalid'
  | 'gpu.unavailable'
  | 'gpu.lost'
  | 'gpu.out-of-memory'
  | 'gpu.shader'
  | 'gpu.validation'
  | 'training.not-finite'
  | 'network'
  | 'cancelled'
  | 'internal';

export interface ErrorRecord {
  readonly code: ErrorCode;
  /** One sentence for the user: what happened, where, and what to do. */
  readonly message: string;
  /** The file, tensor or option that the sentence is about, if any. */
  readonly subject?: string;
}

export class PlaygroundError extends Error {
  readonly code: ErrorCode;
  readonly subject: string | undefined;

  constructor(code: ErrorCode, message: string, options: { subject?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PlaygroundError';
    this.code = code;
    this.subject = options.subject;
  }

  toRecord(): ErrorRecord {
    return this.subject === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, subject: this.subject };
  }
}

/** Converts anything that was thrown. An unexpected error gets the code `internal`. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof PlaygroundError) return thrown.toRecord();
  if (thrown instanceof Error) return { code: 'internal', message: thrown.message };
  return { code: 'internal', message: String(thrown) };
}
