import type { ByteSource } from '../../containers/bytes.js';
import type { SkippedFile } from '../../protocol/api.js';
import { PlaygroundError } from '../../vit/errors.js';
import { requireRange } from '../../containers/sources.js';
import { normalPath } from '../paths.js';

const BLOCK = 512;
/** Headers of long names; a larger one is no name. */
const LONGEST_NAME = 2 ** 20;
const MOST_ENTRIES = 2_000_000;

/** A NUL-terminated field. */
function field(header: Uint8Array, from: number, length: number): string {
  const bytes = header.subarray(from, from + length);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Octal digits, or GNU's base-256 for what has more than 8 GiB. NaN where it is neither. */
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

/** The sum of all bytes, the checksum's own eight taken as spaces. */
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
function extended(text: string): Map<string, string> {
  const values = new Map<string, string>();
  let at = 0;
  const bytes = new TextEncoder().encode(text);
  while (at < bytes.length) {
    const space = bytes.indexOf(32, at);
    if (space < 0) break;
    const length = Number(new TextDecoder().decode(bytes.subarray(at, space)));
    if (!Number.isInteger(length) || length <= space - at) break;
    const line = new TextDecoder().decode(bytes.subarray(space + 1, at + length - 1));
    const equals = line.indexOf('=');
    if (equals > 0) values.set(line.slice(0, equals), line.slice(equals + 1));
    at += length;
  }
  return values;
}

/**
 * The files of a tar (v7, ustar, GNU and pax names), read in place. Links and devices are left out and named. Rejects with
 * `file.damaged` where a header is none, an entry ends behind the file's end, or a path climbs out of the archive.
 */
export async function readTar(source: ByteSource): Promise<{ entries: ByteSource[]; skipped: SkippedFile[] }> {
  const damaged = (why: string): PlaygroundError =>
    new PlaygroundError('file.damaged', `${source.name}: ${why}`, { subject: source.name });
  const entries: ByteSource[] = [];
  const skipped: SkippedFile[] = [];
  let longName: string | null = null;
  let pax = new Map<string, string>();
  let at = 0;
  while (at + BLOCK <= source.size) {
    const header = await source.read(at, BLOCK);
    // Two blocks of zeros end the archive; one is taken for the end too.
    if (header.every((byte) => byte === 0)) return { entries, skipped };
    if (!checksumHolds(header)) throw damaged(`the tar header at byte ${at} is damaged`);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = pax.has('size') && !/[xgLK]/.test(type) ? Number(pax.get('size')) : number(header, 124, 12);
    const start = at + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0) throw damaged(`the tar header at byte ${at} has no sound size`);
    if (start + size > source.size) throw damaged(`the tar entry at byte ${at} ends behind the file's end: it is truncated`);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (/[xgLK]/.test(type)) {
      if (size > LONGEST_NAME) throw damaged(`the tar header at byte ${start - BLOCK} has a name of ${size} bytes`);
      const bytes = await source.read(start, size);
      if (type === 'L') longName = field(bytes, 0, size);
      if (type === 'x') pax = extended(new TextDecoder().decode(bytes));
      continue;
    }
    const prefix = field(header, 257, 5) === 'ustar' && header[262] === 0 ? field(header, 345, 155) : '';
    const plain = field(header, 0, 100);
    const name = pax.get('path') ?? longName ?? (prefix === '' ? plain : `${prefix}/${plain}`);
    longName = null;
    pax = new Map();
    if (type === '5') continue;
    const path = normalPath(name);
    if (path === null) throw damaged(`its entry '${name}' climbs out of the archive`);
    if (type !== '0' && type !== '\0' && type !== '7') {
      skipped.push({ name: path, reason: 'is a link or a device in the tar, not a file' });
      continue;
    }
    if (path === '' || name.endsWith('/')) continue;
    if (entries.length >= MOST_ENTRIES) throw damaged(`has more than ${MOST_ENTRIES} entries`);
    entries.push({ name: path, size, read: (offset, length) => readWithin(source, path, start, size, offset, length) });
  }
  if (at < source.size) throw damaged('ends within a tar header: it is truncated');
  return { entries, skipped };
}

async function readWithin(
  source: ByteSource,
  name: string,
  start: number,
  size: number,
  offset: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  requireRange({ name, size }, offset, length);
  return source.read(start + offset, length);
}
