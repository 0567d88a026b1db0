import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';

/** Lists and tables are read whole; a longer file is not taken for one. */
const LONGEST_TEXT = 256 * 2 ** 20;

/**
 * Reads a file as UTF-8, without a byte order mark. Rejects with `file.damaged` where it is not UTF-8, with `file.unsupported` beyond 256
 * MB.
 */
export async function readText(file: ByteSource): Promise<string> {
  if (file.size > LONGEST_TEXT) {
    throw new PlaygroundError('file.unsupported', `${file.name}: has ${file.size} bytes, too much for a list or a table`, {
      subject: file.name,
    });
  }
  const bytes = await file.read(0, file.size);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PlaygroundError('file.damaged', `${file.name}: is no text in UTF-8`, { subject: file.name, cause });
  }
}
