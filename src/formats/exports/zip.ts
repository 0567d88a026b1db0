import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import type { NamedFile } from '../../protocol/files.js';

/** The earliest time that zip can store. With a fixed time the same files give the same bytes. */
const TIME = new Date(1980, 0, 1);

/** Several files as one zip called `name`, for a single download. They are stored uncompressed, since weights hardly compress. */
export async function zipFiles(files: readonly NamedFile[], name: string): Promise<NamedFile> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { level: 0, useWebWorkers: false, keepOrder: true, lastModDate: TIME });
  for (const file of files) await zip.add(file.name, new Uint8ArrayReader(file.bytes));
  return { name, mediaType: 'application/zip', bytes: new Uint8Array(await zip.close()) };
}
