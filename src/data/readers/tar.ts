import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { byteSource } from '../../containers/sources.js';
import { decodeNames, western } from '../../containers/foreign-names.js';
import { folderOf, joinPath, normalPath } from '../paths.js';

const BLOCK = 512;
/** The largest header with a name that is read. */
const LONGEST_NAME = 2 ** 20;
const MOST_ENTRIES = 2_000_000;

const decoder = new TextDecoder();

/** A field of a header, up to its first NUL. */
function rawField(header: Uint8Array, from: number, length: number): Uint8Array {
  const bytes = header.subarray(from, from + length);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

const field = (header: Uint8Array, from: number, length: number): string => decoder.decode(rawField(header, from, length));

/** A number in octal digits, or in GNU's base 256 for sizes from 8 GiB. NaN where it is neither. */
function number(header: Uint8Array, from: number, length: number): number {
  const first = header[from] ?? 0;
  if (first & 0x80) {
    let value = first & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + (header[from + i] ?? 0);
    return value;
  }
  const digits = field(header, from, length).trim();
  return digits === '' ? 0 : /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** Whether the header's checksum is right: the sum of all bytes, with the checksum's own eight taken as spaces. */
function checksumHolds(header: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] ?? 0);
  return number(header, 148, 8) === sum;
}

/** Whether the file's first block is a tar header. */
export function looksLikeTar(head: Uint8Array): boolean {
  return head.length >= BLOCK && head[0] !== 0 && checksumHolds(head);
}

/** POSIX 1003.1-2001 extended headers: lines of `length key=value`. */
function extended(bytes: Uint8Array): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at);
    if (space < 0) break;
    const length = Number(decoder.decode(bytes.subarray(at, space)));
    if (!Number.isInteger(length) || length <= space - at) break;
    const line = bytes.subarray(space + 1, at + length - 1);
    const equals = line.indexOf(0x3d);
    if (equals > 0) values.set(decoder.decode(line.subarray(0, equals)), line.subarray(equals + 1));
    at += length;
  }
  return values;
}

/** An entry, described by its own header and by extended headers before it. */
interface Entry {
  readonly name: Uint8Array;
  /** Where a link leads. */
  readonly target: Uint8Array;
  readonly type: string;
  readonly start: number;
  readonly size: number;
}

const joined = (prefix: Uint8Array, name: Uint8Array): Uint8Array =>
  prefix.length === 0 ? name : Uint8Array.from([...prefix, 0x2f, ...name]);

/** Types of headers that describe the next entry or all entries: long names and extended headers. */
const DESCRIBES = /[xXgLKNV]/;
const isFile = (type: string): boolean => type === '0' || type === '\0' || type === '7';

/** Reads all entries, in order. */
async function readEntries(source: ByteSource, damaged: (why: string) => PlaygroundError): Promise<Entry[]> {
  const entries: Entry[] = [];
  let longName: Uint8Array | null = null;
  let longTarget: Uint8Array | null = null;
  let all = new Map<string, Uint8Array>();
  let pax = new Map<string, Uint8Array>();
  let at = 0;
  while (at + BLOCK <= source.size) {
    const header = await source.read(at, BLOCK);
    // Two blocks of zeros end an archive; a single one is accepted as the end too.
    if (header.every((byte) => byte === 0)) return entries;
    if (!checksumHolds(header)) throw damaged(`the tar header at byte ${at} is damaged`);
    const type = String.fromCharCode(header[156] ?? 0);
    const describes = DESCRIBES.test(type);
    const told = describes ? undefined : pax.get('size');
    const size = told ? Number(decoder.decode(told)) : number(header, 124, 12);
    const start = at + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0) throw damaged(`the tar header at byte ${at} has no sound size`);
    // A link states the size of its target, but has no content.
    const held = type === '1' || type === '2' ? 0 : size;
    if (start + held > source.size) throw damaged(`the tar entry at byte ${at} ends behind the file's end: it is truncated`);
    at = start + Math.ceil(held / BLOCK) * BLOCK;
    if (describes) {
      if (size > LONGEST_NAME) throw damaged(`the tar header at byte ${start - BLOCK} has a name of ${size} bytes`);
      const bytes = await source.read(start, size);
      if (type === 'L') longName = rawField(bytes, 0, size);
      if (type === 'K') longTarget = rawField(bytes, 0, size);
      if (type === 'g') all = extended(bytes);
      if (type === 'x' || type === 'X') pax = extended(bytes);
      continue;
    }
    const ustar = field(header, 257, 5) === 'ustar' && header[262] === 0;
    const plain = joined(ustar ? rawField(header, 345, 155) : new Uint8Array(0), rawField(header, 0, 100));
    const name = pax.get('GNU.sparse.name') ?? pax.get('path') ?? all.get('path') ?? longName ?? plain;
    const target = pax.get('linkpath') ?? longTarget ?? rawField(header, 157, 100);
    const sparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
    entries.push({ name, target, type: sparse ? 'S' : type, start, size });
    if (entries.length > MOST_ENTRIES) throw damaged(`has more than ${MOST_ENTRIES} entries`);
    longName = null;
    longTarget = null;
    pax = new Map();
  }
  if (at < source.size) throw damaged('ends within a tar header: it is truncated');
  return entries;
}

/**
 * The target's path from the top; null where it leads out of the archive. A symbolic link is relative to its own folder, a hard link to the
 * top.
 */
function targetOf(type: string, path: string, target: string): string | null {
  return target.startsWith('/') ? null : normalPath(type === '2' ? joinPath(folderOf(path), target) : target);
}

/**
 * The files of a tar (v7, ustar, GNU and pax names), read in place. A link to a file or a folder of the archive stands for its contents.
 * Other links and devices are left out by name. Rejects with `file.damaged` where a header is wrong, an entry ends beyond the file's end,
 * or a path leads out of the archive.
 */
export async function readTar(source: ByteSource): Promise<{ entries: ByteSource[]; skipped: SkippedFile[] }> {
  const damaged = (why: string): PlaygroundError =>
    new PlaygroundError('file.damaged', `${source.name}: ${why}`, { subject: source.name });
  const read = await readEntries(source, damaged);
  const names = decodeNames([...read.map(({ name }) => name), ...read.map(({ target }) => target)], western);
  const files = new Map<string, ByteSource>();
  const links: { path: string; target: string | null }[] = [];
  const skipped: SkippedFile[] = [];
  for (const [i, { type, start, size }] of read.entries()) {
    const name = names[i] ?? '';
    const path = normalPath(name);
    if (path === null) throw damaged(`its entry '${name}' climbs out of the archive`);
    if (path === '' || type === '5' || (isFile(type) && name.endsWith('/'))) continue;
    if (type === '1' || type === '2') links.push({ path, target: targetOf(type, path, names[read.length + i] ?? '') });
    else if (!isFile(type))
      skipped.push({
        name: path,
        reason: type === 'S' ? 'is a sparse file, which is not read' : 'is a device in the tar, not a file',
      });
    // A second entry of the same path is a newer version of the file.
    else
      files.set(
        path,
        byteSource(path, size, (offset, length) => source.read(start + offset, length)),
      );
  }
  const linked = followLinks(links, files, skipped);
  return { entries: [...files.values(), ...linked], skipped };
}

function followLinks(
  links: readonly { readonly path: string; readonly target: string | null }[],
  files: ReadonlyMap<string, ByteSource>,
  skipped: SkippedFile[],
): ByteSource[] {
  return links.flatMap(({ path, target }) => {
    const file = target === null ? undefined : files.get(target);
    if (file) return [{ ...file, name: path }];
    // A link to a folder above it would contain itself again and again.
    const folder = target === null || target === '' || `${path}/`.startsWith(`${target}/`) ? null : `${target}/`;
    const inside = folder === null ? [] : [...files.values()].filter(({ name }) => name.startsWith(folder));
    if (inside.length === 0) skipped.push({ name: path, reason: 'is a link to nothing in the tar, or in a circle' });
    return inside.map((each) => ({ ...each, name: joinPath(path, each.name.slice(folder?.length ?? 0)) }));
  });
}
