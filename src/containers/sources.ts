import type { ByteSource } from './bytes.js';
import { PlaygroundError } from '../vit/errors.js';

/** Throws where a range does not lie inside the source. Every source's `read` begins with this check. */
export function requireRange(source: { readonly name: string; readonly size: number }, offset: number, length: number): void {
  if (
    !Number.isSafeInteger(offset) ||
    !Number.isSafeInteger(length) ||
    offset < 0 ||
    length < 0 ||
    offset + length > source.size
  ) {
    throw new PlaygroundError(
      'file.unreadable',
      `${source.name}: bytes ${offset} to ${offset + length} were asked for, but the file has ${source.size}`,
      { subject: source.name },
    );
  }
}

/** A source with a function that reads ranges, which are checked to lie inside it. */
export function byteSource(name: string, size: number, read: ByteSource['read']): ByteSource {
  return {
    name,
    size,
    async read(offset, length) {
      requireRange({ name, size }, offset, length);
      return read(offset, length);
    },
  };
}

/** A buffer as a source. Reads return copies, so that nobody writes into the file by accident. */
export function byteSourceFromBytes(name: string, bytes: Uint8Array): ByteSource {
  return byteSource(name, bytes.byteLength, async (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)));
}

/** A dropped or picked file as a source; only the slices that are asked for come into memory. */
export function byteSourceFromBlob(name: string, blob: Blob): ByteSource {
  return byteSource(name, blob.size, async (offset, length) => {
    try {
      const part = length === blob.size ? blob : blob.slice(offset, offset + length);
      return new Uint8Array(await part.arrayBuffer());
    } catch (cause) {
      const message = `${name}: the file can no longer be read; it may have been moved or changed`;
      throw new PlaygroundError('file.unreadable', message, { subject: name, cause });
    }
  });
}
