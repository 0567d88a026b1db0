import { byteSourceFromBytes } from '../../containers/sources.js';
import { looksLikeZip, openArchive } from '../../containers/zip-archive.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isImageName } from '../image-files.js';
import { baseName, joinPath, normalPath } from '../paths.js';
import { looksLikeTar, readTar } from './tar.js';

/** A gzip stream has no directory, so what it holds must stand in memory; this bounds it. */
const LARGEST_GUNZIPPED = 256 * 2 ** 20;

export type ArchiveKind = 'zip' | 'tar' | 'gzip';

/** By content: a zip, a tar, or something gzipped. Reads up to 512 bytes. */
export async function archiveKind(source: ByteSource): Promise<ArchiveKind | null> {
  if (source.size === 0) return null;
  const head = await source.read(0, Math.min(512, source.size));
  if (await looksLikeZip(source)) return 'zip';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return looksLikeTar(head) ? 'tar' : null;
}

/** Unpacks into memory, at most {@link LARGEST_GUNZIPPED} bytes; `file.unsupported` beyond, `file.damaged` where it is no gzip. */
async function gunzip(source: ByteSource): Promise<ByteSource> {
  let position = 0;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const size = Math.min(2 ** 20, source.size - position);
      if (size === 0) {
        controller.close();
        return;
      }
      controller.enqueue(await source.read(position, size));
      position += size;
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      total += value.length;
      if (total > LARGEST_GUNZIPPED) {
        const most = LARGEST_GUNZIPPED / 2 ** 20;
        throw new PlaygroundError(
          'file.unsupported',
          `${source.name}: unpacks to more than ${most} MB, which cannot be read in place; unpack it, or pack it as a .tar or .zip`,
          { subject: source.name },
        );
      }
      chunks.push(value);
    }
  } catch (cause) {
    if (cause instanceof PlaygroundError) throw cause;
    throw new PlaygroundError('file.damaged', `${source.name}: cannot be unpacked: the gzip stream is truncated or damaged`, {
      subject: source.name,
      cause,
    });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  const bytes = await new Blob(chunks).arrayBuffer();
  return byteSourceFromBytes(source.name, new Uint8Array(bytes));
}

async function zipEntries(source: ByteSource): Promise<ByteSource[]> {
  const archive = await openArchive(source, { entries: 2_000_000, expansion: 200, what: 'data set' });
  return [...archive.entries.values()].map((entry) => ({
    name: normalPath(entry.name) ?? entry.name,
    size: entry.size,
    read: (offset, length) => archive.read(entry, offset, length, offset === 0 && length === entry.size),
  }));
}

async function entriesOf(source: ByteSource, kind: ArchiveKind): Promise<{ entries: ByteSource[]; skipped: SkippedFile[] }> {
  if (kind === 'zip') return { entries: await zipEntries(source), skipped: [] };
  if (kind === 'tar') return readTar(source);
  const unpacked = await gunzip(source);
  const inner = await archiveKind(unpacked);
  if (inner === 'tar') return readTar(unpacked);
  // A gzipped single file, as some data sets come.
  return { entries: [{ ...unpacked, name: source.name.replace(/\.gz$/i, '') }], skipped: [] };
}

/**
 * Replaces each archive among the files by what it holds. One archive alone is the data set; of several, or beside other
 * files, each becomes a folder with the archive's name. Archives within archives stay as they are.
 */
export async function openArchives(files: readonly ByteSource[]): Promise<{ files: ByteSource[]; skipped: SkippedFile[] }> {
  const result: ByteSource[] = [];
  const skipped: SkippedFile[] = [];
  for (const file of files) {
    const kind = isImageName(file.name) ? null : await archiveKind(file);
    if (kind === null) {
      result.push(file);
      continue;
    }
    const held = await entriesOf(file, kind);
    skipped.push(...held.skipped);
    if (files.length === 1) {
      result.push(...held.entries);
      continue;
    }
    const folder =
      file.name.slice(0, file.name.length - baseName(file.name).length) + baseName(file.name).replace(/(\.tar)?\.\w+$/i, '');
    for (const entry of held.entries) result.push({ ...entry, name: joinPath(folder, entry.name) });
  }
  return { files: result, skipped };
}
