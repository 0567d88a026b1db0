import type { ByteSource } from '../../containers/bytes.js';
import { PlaygroundError } from '../../vit/errors.js';

/** Lists and tables are read whole; a longer file is not taken for one. */
const LONGEST_TEXT = 256 * 2 ** 20;

/** Why bytes are no UTF-8 text: a mark or zeros of UTF-16, or anything else. */
function encodingOf(bytes: Uint8Array): string {
  const [first = 0, second = 0] = bytes;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return marked || bytes.includes(0) ? 'is no text in UTF-8, but in UTF-16 as it seems' : 'is no text in UTF-8';
}

/**
 * Decodes UTF-8 without a byte order mark. Line ends that are carriage returns alone, as of old Macs, become line feeds.
 *
 * @param cut whether the bytes are the beginning of a longer text, and may end within a letter.
 * @throws PlaygroundError `file.damaged` where they are not UTF-8.
 */
export function decodeText(file: ByteSource, bytes: Uint8Array<ArrayBuffer>, cut = false): string {
  try {
    if (bytes.includes(0)) throw new TypeError('holds zeros');
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return text.includes('\n') ? text : text.replaceAll('\r', '\n');
  } catch (cause) {
    throw new PlaygroundError('file.damaged', `${file.name}: ${encodingOf(bytes)}; save it as UTF-8`, {
      subject: file.name,
      cause,
    });
  }
}

/**
 * Reads a file as {@link decodeText} decodes it. Rejects with `file.damaged` where it is not UTF-8, with `file.unsupported` beyond 256 MB.
 */
export async function readText(file: ByteSource): Promise<string> {
  if (file.size > LONGEST_TEXT) {
    throw new PlaygroundError('file.unsupported', `${file.name}: has ${file.size} bytes, too much for a list or a table`, {
      subject: file.name,
    });
  }
  return decodeText(file, await file.read(0, file.size));
}
