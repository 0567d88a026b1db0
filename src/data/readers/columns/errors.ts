import type { ByteSource } from '../../../containers/bytes.js';
import { PlaygroundError } from '../../../vit/errors.js';

/** @param why follows the file's name and a colon. */
export const damaged = (file: ByteSource, why: string, cause?: unknown): PlaygroundError =>
  new PlaygroundError('file.damaged', `${file.name}: ${why}`, { subject: file.name, cause });

/** @param why follows the file's name and a colon. */
export const unsupported = (file: ByteSource, why: string): PlaygroundError =>
  new PlaygroundError('file.unsupported', `${file.name}: ${why}`, { subject: file.name });
