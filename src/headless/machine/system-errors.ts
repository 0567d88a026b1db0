import { PlaygroundError } from '../../vit/errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room left on the disk',
  EDQUOT: 'there is no room left in what this user may have of the disk',
  EFBIG: 'the disk takes no file of that size',
  EACCES: 'this user has no right to',
  EPERM: 'this user has no right to',
  EROFS: 'the disk is read-only',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'a folder is there',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the disk does not answer as it should',
};

/** The code of an error of the operating system, such as `ENOSPC`; null for any other. */
export function systemCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

/** The reason why the operating system refused; follows a colon. */
export function systemReason(thrown: unknown): string {
  const code = systemCode(thrown);
  if (code !== null) return REASONS[code] ?? `the system says ${code}`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** A sentence with the path for an operating system's error; null for any other error. */
export function systemSentence(thrown: unknown): string | null {
  if (systemCode(thrown) === null || !(thrown instanceof Error)) return null;
  const path = 'path' in thrown && typeof thrown.path === 'string' ? `${thrown.path}: ` : '';
  return `${path}could not be read or written: ${systemReason(thrown)}`;
}

/** The error for a file that the operating system does not allow to be written. */
export const unwritable = (path: string, cause: unknown): PlaygroundError =>
  new PlaygroundError('file.unwritable', `${path}: could not be written: ${systemReason(cause)}`, { subject: path, cause });
