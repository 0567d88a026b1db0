/** Zip archives that hold tensors (`.npz`, `.pth`): the directory through zip.js, the entries read in place or inflated. */
import { Reader, ZipReader, type FileEntry } from '@zip.js/zip.js';
import type { ByteSource } from './bytes.js';
import { PlaygroundError } from '../vit/errors.js';
import { crc32 } from './crc32.js';
import { decodeNames } from './foreign-names.js';

/** Limits on what an archive may claim to hold. Beyond them it is refused as a decompression bomb. */
export interface ArchiveLimits {
  /** Most entries. */
  readonly entries: number;
  /** The most bytes unpacked, as a multiple of the archive's size. */
  readonly expansion: number;
  /** What the archive should be, for the error's sentence. */
  readonly what: string;
}

/** Weights do not compress well. */
const WEIGHTS: ArchiveLimits = { entries: 100_000, expansion: 20, what: 'weights file' };
/** Archives that unpack to less than this are never refused: small ones may be all zeros. */
const FREE_EXPANSION = 64 * 2 ** 20;
const CHUNK = 2 ** 20;

export interface ArchiveEntry {
  readonly name: string;
  /** Unpacked, in bytes. */
  readonly size: number;
  readonly compressedSize: number;
  readonly deflated: boolean;
  readonly crc: number;
  /** Of the local header, from the file's first byte. */
  readonly headerOffset: number;
}

export interface Archive {
  readonly name: string;
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  /**
   * Bytes `offset` to `offset + length` of the unpacked entry. A stored entry is read where it lies; a deflated one is
   * inflated from its start and dropped as it goes, so that no more than the wanted bytes stand in memory.
   */
  read(entry: ArchiveEntry, offset: number, length: number, checkCrc?: boolean): Promise<Uint8Array<ArrayBuffer>>;
}

class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }

  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    return this.#source.read(index, Math.max(0, Math.min(length, this.#source.size - index)));
  }
}

/** Whether the file begins as a zip does. Reads 4 bytes. */
export async function looksLikeZip(source: ByteSource): Promise<boolean> {
  if (source.size < 22) return false;
  const start = await source.read(0, 4);
  return start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5);
}

/** Whether an entry says its name in UTF-8: by the flag or by Info-ZIP's extra field, or because it is ASCII. */
const saysName = (entry: FileEntry): boolean =>
  entry.bitFlag?.languageEncodingFlag === true ||
  entry.extraFieldUnicodePath?.valid === true ||
  entry.rawFilename.every((byte) => byte < 0x80);

/**
 * The entries' names. Entries that do not say them in UTF-8 have names in the encoding of the writer's system. A backslash separates
 * folders only where it is not a character's second byte, so backslashes are handled after decoding.
 */
function entryNames(entries: readonly FileEntry[]): string[] {
  const unsaid = entries.filter((entry) => !saysName(entry));
  const written = new Map(unsaid.map((entry) => [entry.rawFilename, entry.filename]));
  const decoded = decodeNames([...written.keys()], (bytes) => written.get(bytes) ?? '');
  const names = new Map(unsaid.map((entry, i) => [entry, decoded[i] ?? entry.filename]));
  return entries.map((entry) => names.get(entry) ?? entry.filename);
}

type Damage = (why: string, cause?: unknown) => PlaygroundError;

const damageOf =
  (source: ByteSource): Damage =>
  (why, cause) =>
    new PlaygroundError('file.damaged', `${source.name}: ${why}`, {
      subject: source.name,
      ...(cause === undefined ? {} : { cause }),
    });

/** Checks an entry of the directory. Throws `file.damaged` where it cannot be read. */
function entryOf(entry: FileEntry, name: string, source: ByteSource, damaged: Damage): ArchiveEntry {
  if (name.split(/[\\/]/).includes('..') || /^([\\/]|[A-Za-z]:)/.test(name)) {
    throw damaged(`its entry '${name}' climbs out of the archive`);
  }
  if (entry.encrypted) throw damaged(`its entry '${name}' is encrypted`);
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw damaged(
      `its entry '${name}' is compressed by method ${entry.compressionMethod}, and only stored and deflated are read`,
    );
  }
  const deflated = entry.compressionMethod === 8;
  if (!deflated && entry.compressedSize !== entry.uncompressedSize)
    throw damaged(`its entry '${name}' is stored, but with two sizes`);
  if (entry.offset + entry.compressedSize > source.size)
    throw damaged(`its entry '${name}' ends behind the file's end: it is truncated`);
  return {
    name,
    size: entry.uncompressedSize,
    compressedSize: entry.compressedSize,
    deflated,
    crc: entry.crc32 ?? 0,
    headerOffset: entry.offset,
  };
}

async function readDirectory(source: ByteSource, limits: ArchiveLimits): Promise<Map<string, ArchiveEntry>> {
  const damaged = damageOf(source);
  const entries = new Map<string, ArchiveEntry>();
  // `entryOf` checks the names, since it can say which one is wrong.
  const reader = new ZipReader(new SourceReader(source), { useWebWorkers: false, filenameValidation: 'tolerant' });
  try {
    const listed: FileEntry[] = [];
    for await (const entry of reader.getEntriesGenerator()) {
      if (entry.directory) continue;
      if (listed.length >= limits.entries) throw damaged(`has more than ${limits.entries} entries, which no ${limits.what} has`);
      listed.push(entry);
    }
    const names = entryNames(listed);
    for (const [i, entry] of listed.entries()) {
      const name = names[i] ?? entry.filename;
      if (entries.has(name)) throw damaged(`names the entry '${name}' twice`);
      entries.set(name, entryOf(entry, name, source, damaged));
    }
  } catch (cause) {
    if (cause instanceof PlaygroundError) throw cause;
    throw damaged('its zip directory cannot be read: the file is truncated or damaged', cause);
  }
  return entries;
}

/**
 * Reads an archive's directory. Rejects with `file.damaged` where there is none, a path leads out of the archive, or it would unpack to far
 * too much.
 */
export async function openArchive(source: ByteSource, limits: ArchiveLimits = WEIGHTS): Promise<Archive> {
  const damaged = damageOf(source);
  const entries = await readDirectory(source, limits);
  const unpacked = [...entries.values()].reduce((sum, { size }) => sum + size, 0);
  if (unpacked > FREE_EXPANSION + limits.expansion * source.size) {
    throw damaged(`would unpack from ${source.size} to ${unpacked} bytes, which no ${limits.what} does: it is not opened`);
  }

  const dataOffset = async (entry: ArchiveEntry): Promise<number> => {
    const header = await source.read(entry.headerOffset, 30).catch((cause: unknown) => {
      throw damaged(`its entry '${entry.name}' has no header where the directory says`, cause);
    });
    const view = new DataView(header.buffer, header.byteOffset, 30);
    if (view.getUint32(0, true) !== 0x04034b50) throw damaged(`its entry '${entry.name}' has no header where the directory says`);
    const start = entry.headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
    if (start + entry.compressedSize > source.size)
      throw damaged(`its entry '${entry.name}' ends behind the file's end: it is truncated`);
    return start;
  };

  return {
    name: source.name,
    entries,
    async read(entry, offset, length, checkCrc = false) {
      if (offset < 0 || length < 0 || offset + length > entry.size) {
        throw damaged(`its entry '${entry.name}' has ${entry.size} bytes, and ${offset + length} were expected`);
      }
      const start = await dataOffset(entry);
      const whole = offset === 0 && length === entry.size;
      const bytes = entry.deflated
        ? await inflateRange(source, start, entry, offset, length, damaged)
        : await source.read(start + offset, length);
      if (checkCrc && whole && crc32(bytes) !== entry.crc) {
        throw damaged(`its entry '${entry.name}' does not have the checksum that the archive says: the file is damaged`);
      }
      return bytes;
    },
  };
}

async function inflateRange(
  source: ByteSource,
  start: number,
  entry: ArchiveEntry,
  offset: number,
  length: number,
  damaged: Damage,
): Promise<Uint8Array<ArrayBuffer>> {
  let position = 0;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const size = Math.min(CHUNK, entry.compressedSize - position);
      if (size <= 0) {
        controller.close();
        return;
      }
      controller.enqueue(await source.read(start + position, size));
      position += size;
    },
  });
  const reader = compressed.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const wanted = new Uint8Array(length);
  const end = offset + length;
  let inflated = 0;
  try {
    // Reads to the stream's end if the entry's end is wanted, so that an entry longer than declared is noticed.
    while (inflated < end || end === entry.size) {
      const { done, value } = await reader.read();
      if (done) break;
      const from = Math.max(0, offset - inflated);
      const to = Math.min(value.length, end - inflated);
      if (to > from) wanted.set(value.subarray(from, to), inflated + from - offset);
      inflated += value.length;
      if (inflated > entry.size) throw damaged(`its entry '${entry.name}' inflates to more than the ${entry.size} bytes it says`);
    }
  } catch (cause) {
    if (cause instanceof PlaygroundError) throw cause;
    throw damaged(`its entry '${entry.name}' cannot be inflated: the file is damaged`, cause);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (inflated < end) throw damaged(`its entry '${entry.name}' inflates to ${inflated} bytes, and says ${entry.size}`);
  return wanted;
}
