/**
 * Errors that a person can act on. Each has a stable code and one sentence that names the file, the tensor or the option,
 * what was found and what was expected. A thrown error's class does not survive a worker's boundary, so what crosses it is
 * the plain {@link ErrorRecord}.
 */
export type ErrorCode =
  | 'usage'
  | 'file.unreadable'
  | 'file.unwritable'
  | 'file.damaged'
  | 'file.unsupported'
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
  /** One sentence for the person: what happened, where, and what to do. */
  readonly message: string;
  /** The file, tensor or option the sentence is about, where there is one. */
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

/** Turns anything that was thrown into a record. An unexpected error gets the code `internal`. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof PlaygroundError) return thrown.toRecord();
  if (thrown instanceof Error) return { code: 'internal', message: thrown.message };
  return { code: 'internal', message: String(thrown) };
}
