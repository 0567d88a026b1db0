import { open, stat } from 'node:fs/promises';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { requireRange } from '../../containers/sources.js';

/**
 * A file on disk as a source. It is opened anew for each read, so there is nothing to close. `name` is what messages call it,
 * the path where none is given. Rejects with `file.unreadable` where there is no such file.
 */
export async function byteSourceFromPath(path: string | Buffer, name: string = String(path)): Promise<ByteSource> {
  const unreadable = (cause: unknown): PlaygroundError => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'it may not be read'
          : `it cannot be read (${String(code)})`;
    return new PlaygroundError('file.unreadable', `${name}: ${why}`, { subject: name, cause });
  };
  const information = await stat(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  if (!information.isFile()) throw new PlaygroundError('file.unreadable', `${name}: this is no file`, { subject: name });
  const size = information.size;
  return {
    name,
    size,
    async read(offset, length) {
      requireRange({ name, size }, offset, length);
      const bytes = new Uint8Array(length);
      try {
        const handle = await open(path, 'r');
        try {
          let filled = 0;
          while (filled < length) {
            const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
            if (bytesRead === 0) break;
            filled += bytesRead;
          }
          if (filled < length) {
            throw new PlaygroundError('file.unreadable', `${name}: the file became shorter while it was read`, { subject: name });
          }
        } finally {
          await handle.close();
        }
      } catch (cause) {
        throw cause instanceof PlaygroundError ? cause : unreadable(cause);
      }
      return bytes;
    },
  };
}
