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

/** A question that a data set's files leave open. */
export interface Question {
  /** One sentence. */
  readonly text: string;
  /** The option that gives the answer: `--form`, `--label-column`, `--part-column` or `--task`. */
  readonly option: 'form' | 'labelColumn' | 'partColumn' | 'task';
  /** The first is the one that was taken, unless `open`; `title` says what an answer makes of the files. */
  readonly answers: readonly {
    readonly value: string;
    /** For example `3 classes (cat, dog, owl), parts train and test`. */
    readonly title: string;
  }[];
  /** None of the answers was taken: without one, the files that it is about are not used. */
  readonly open?: true;
}

export interface ErrorRecord {
  readonly code: ErrorCode;
  /** One sentence for the user: what happened, where, and what to do. */
  readonly message: string;
  /** The file, tensor or option that the sentence is about, if any. */
  readonly subject?: string;
  /** What a person may answer, so that it becomes possible. */
  readonly question?: Question;
}

export class PlaygroundError extends Error {
  readonly code: ErrorCode;
  readonly subject: string | undefined;
  readonly question: Question | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { subject?: string; question?: Question | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PlaygroundError';
    this.code = code;
    this.subject = options.subject;
    this.question = options.question;
  }

  toRecord(): ErrorRecord {
    const { code, message, subject, question } = this;
    return { code, message, ...(subject === undefined ? {} : { subject }), ...(question === undefined ? {} : { question }) };
  }
}

/** Converts anything that was thrown. An unexpected error gets the code `internal`. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof PlaygroundError) return thrown.toRecord();
  if (thrown instanceof Error) return { code: 'internal', message: thrown.message };
  return { code: 'internal', message: String(thrown) };
}
