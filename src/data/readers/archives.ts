import { byteSourceFromBytes } from '../../containers/sources.js';
import { looksLikeZip, openArchive } from '../../containers/zip-archive.js';
import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { isImageName } from '../pictures/image-files.js';
import { partOfName } from '../parts.js';
import { baseName, folderOf, isLitter, joinPath, normalPath } from '../paths.js';
import { looksLikeTar, readTar } from './tar.js';

/** The most bytes of an unpacked gzip stream, which must be kept in memory because it has no directory. */
const LARGEST_GUNZIPPED = 256 * 2 ** 20;

export type ArchiveKind = 'zip' | 'tar' | 'gzip';

/** The kind of archive by its content; null where it is none. Reads up to 512 bytes of it. */
export async function archiveKind(source: ByteSource): Promise<ArchiveKind | null> {
  if (source.size === 0) return null;
  const head = await source.read(0, Math.min(512, source.size));
  if (await looksLikeZip(source)) return 'zip';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return looksLikeTar(head) ? 'tar' : null;
}

/**
 * Unpacks into memory. Rejects with `file.unsupported` beyond {@link LARGEST_GUNZIPPED} bytes, with `file.damaged` where the stream is
 * damaged.
 */
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

/** Whether an archive with these entries is a document, a program or arrays. */
function isNoFolder(names: readonly string[]): boolean {
  const wanted = names.filter((name) => !isLitter(name));
  if (wanted.length > 0 && wanted.every((name) => /\.npy$/i.test(name))) return true;
  return names.some(
    (name) =>
      /^(\[Content_Types\]\.xml|mimetype|META-INF\/MANIFEST\.MF|AndroidManifest\.xml)$/.test(name) ||
      /(^|\/)data\.pkl$/.test(name),
  );
}

/** The contents of an archive. */
interface Held {
  readonly entries: readonly ByteSource[];
  readonly skipped: readonly SkippedFile[];
}

/** A source that unpacks a deflated entry once and keeps it, for an archive inside an archive, whose parts are read in any order. */
function unpackedOnce(source: ByteSource): ByteSource {
  let whole: Promise<ByteSource> | null = null;
  return {
    name: source.name,
    size: source.size,
    async read(offset, length) {
      if (source.size > LARGEST_GUNZIPPED) {
        const most = LARGEST_GUNZIPPED / 2 ** 20;
        throw new PlaygroundError(
          'file.unsupported',
          `${source.name}: is packed within another archive and unpacks to more than ${most} MB; unpack the outer one`,
          {
            subject: source.name,
          },
        );
      }
      whole ??= source.read(0, source.size).then((bytes) => byteSourceFromBytes(source.name, bytes));
      return (await whole).read(offset, length);
    },
  };
}

const ARCHIVE_NAME = /\.(zip|tar|tgz|tar\.gz)$/i;

async function zipEntries(source: ByteSource): Promise<Held | null> {
  const archive = await openArchive(source, { entries: 2_000_000, expansion: 200, what: 'data set' });
  const names = [...archive.entries.keys()];
  if (isNoFolder(names)) return null;
  const entries = [...archive.entries.values()].map((entry): ByteSource => {
    const held: ByteSource = {
      name: normalPath(entry.name) ?? entry.name,
      size: entry.size,
      read: (offset, length) => archive.read(entry, offset, length, offset === 0 && length === entry.size),
    };
    return entry.deflated && ARCHIVE_NAME.test(entry.name) ? unpackedOnce(held) : held;
  });
  return { entries, skipped: [] };
}

/** The entries of a gzipped tar, or one gzipped file under its name without `.gz`. */
async function gzipEntries(source: ByteSource): Promise<Held & { readonly single: boolean }> {
  const unpacked = await gunzip(source);
  if ((await archiveKind(unpacked)) === 'tar') return { ...(await readTar(unpacked)), single: false };
  return { entries: [{ ...unpacked, name: baseName(source.name).replace(/\.gz$/i, '') }], skipped: [], single: true };
}

async function entriesOf(source: ByteSource, kind: ArchiveKind): Promise<(Held & { readonly single?: boolean }) | null> {
  if (kind === 'zip') return zipEntries(source);
  return kind === 'tar' ? readTar(source) : gzipEntries(source);
}

/** Archives in archives are opened to this depth: `set.zip` with `train.zip` in it is 2. */
const DEEPEST = 2;

/** An archive counts as already unpacked if this fraction of its files lies beside it with the same paths and sizes. */
const UNPACKED_SHARE = 0.8;

interface Opening {
  readonly sizes: ReadonlyMap<string, number>;
  readonly files: ByteSource[];
  readonly skipped: SkippedFile[];
}

const stemOf = (path: string): string => baseName(path).replace(/(\.tar)?\.\w+$/i, '');

function isUnpackedBeside(file: ByteSource, entries: readonly ByteSource[], { sizes }: Opening): boolean {
  const wanted = entries.filter(({ name, size }) => size > 0 && !isLitter(name));
  if (wanted.length === 0) return false;
  const here = folderOf(file.name);
  return [here, joinPath(here, stemOf(file.name))].some(
    (folder) =>
      wanted.filter(({ name, size }) => sizes.get(joinPath(folder, name)) === size).length >= UNPACKED_SHARE * wanted.length,
  );
}

const reasonOf = (file: ByteSource, cause: PlaygroundError): string =>
  cause.message.startsWith(`${file.name}: `) ? cause.message.slice(file.name.length + 2) : cause.message;

async function open(file: ByteSource, kind: ArchiveKind, alone: boolean, depth: number, opening: Opening): Promise<void> {
  let held: (Held & { readonly single?: boolean }) | null;
  try {
    held = await entriesOf(file, kind);
  } catch (cause) {
    if (alone || !(cause instanceof PlaygroundError)) throw cause;
    opening.skipped.push({ name: file.name, reason: reasonOf(file, cause) });
    return;
  }
  if (held === null) {
    opening.files.push(file);
    return;
  }
  if (isUnpackedBeside(file, held.entries, opening)) {
    opening.skipped.push({ name: file.name, reason: 'holds what lies unpacked beside it' });
    return;
  }
  opening.skipped.push(...held.skipped);
  const here = folderOf(file.name);
  const stem = stemOf(file.name);
  // A single archive is the data set itself, and its name matters only if it names a part.
  const folder = held.single ? here : alone && partOfName(stem) === null ? '' : joinPath(here, stem);
  const entries = held.entries.map((entry): ByteSource => ({ ...entry, name: joinPath(folder, entry.name) }));
  const wanted = entries.filter(({ name }) => !isLitter(name));
  for (const entry of wanted) {
    const inner = depth < DEEPEST && ARCHIVE_NAME.test(entry.name) ? await archiveKind(entry) : null;
    if (inner === null) opening.files.push(entry);
    else await open(entry, inner, wanted.length === 1, depth + 1, opening);
  }
}

/**
 * Replaces each archive by its files, also archives inside archives. A single archive is the data set itself; of several archives or files,
 * each archive becomes a folder with its name. An archive that cannot be opened, or that was already unpacked beside itself, is left out
 * with the reason. A single archive that cannot be opened makes this reject.
 */
export async function openArchives(files: readonly ByteSource[]): Promise<{ files: ByteSource[]; skipped: SkippedFile[] }> {
  const opening: Opening = { sizes: new Map(files.map(({ name, size }) => [name, size])), files: [], skipped: [] };
  for (const file of files) {
    const kind = isImageName(file.name) ? null : await archiveKind(file).catch(unopenable);
    if (kind === null) opening.files.push(file);
    else await open(file, kind, files.length === 1, 1, opening);
  }
  return { files: opening.files, skipped: opening.skipped };
}

/** A file that cannot be read is not taken for an archive; `lookAt` reports it later. */
function unopenable(cause: unknown): null {
  if (cause instanceof PlaygroundError && cause.code === 'file.unreadable') return null;
  throw cause;
}
