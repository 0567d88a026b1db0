import { closeSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';
import { byteSource } from '../../containers/sources.js';

/** Up to this size, a synchronous read is faster than the three turns of the event loop that an asynchronous one takes. */
const AT_ONCE = 2 ** 16;

function readAtOnce(path: string | Buffer, bytes: Uint8Array, offset: number): number {
  const handle = openSync(path, 'r');
  try {
    let filled = 0;
    for (let read = -1; read !== 0 && filled < bytes.length; filled += read)
      read = readSync(handle, bytes, filled, bytes.length - filled, offset + filled);
    return filled;
  } finally {
    closeSync(handle);
  }
}

async function readInTurns(path: string | Buffer, bytes: Uint8Array, offset: number): Promise<number> {
  const handle = await open(path, 'r');
  try {
    let filled = 0;
    for (let read = -1; read !== 0 && filled < bytes.length; filled += read)
      read = (await handle.read(bytes, filled, bytes.length - filled, offset + filled)).bytesRead;
    return filled;
  } finally {
    await handle.close();
  }
}

/**
 * A file on disk as a source. It is opened for each read, so there is nothing to close. `name` is what messages call it, the path where
 * none is given. Rejects with `file.unreadable` where there is no such file.
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
  let information: Stats;
  try {
    information = statSync(path);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (!information.isFile()) throw new PlaygroundError('file.unreadable', `${name}: this is no file`, { subject: name });
  return byteSource(name, information.size, async (offset, length) => {
    const bytes = new Uint8Array(length);
    try {
      const filled = length <= AT_ONCE ? readAtOnce(path, bytes, offset) : await readInTurns(path, bytes, offset);
      if (filled < length)
        throw new PlaygroundError('file.unreadable', `${name}: the file became shorter while it was read`, { subject: name });
    } catch (cause) {
      throw cause instanceof PlaygroundError ? cause : unreadable(cause);
    }
    return bytes;
  });
}
