import type { ByteSource } from './bytes.js';

/** Bytes that are read, hashed and copied at once. Digests depend on this length. */
const SLICE = 4 * 2 ** 20;

/** The slices of a file from first to last, so that no file is in memory as a whole. */
export async function* slicesOf(source: ByteSource): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let offset = 0; offset < source.size; offset += SLICE) {
    yield await source.read(offset, Math.min(SLICE, source.size - offset));
  }
}

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** Tells the content of files: SHA-256 of the SHA-256s of their slices, since the platform's own hash takes no stream. */
export class ContentDigest {
  readonly #hashes: Uint8Array<ArrayBuffer>[] = [];

  async add(slice: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#hashes.push(await sha256(slice));
  }

  /** 64 hexadecimal digits. */
  async text(): Promise<string> {
    const all = new Uint8Array(32 * this.#hashes.length);
    this.#hashes.forEach((hash, index) => all.set(hash, 32 * index));
    return Array.from(await sha256(all), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}

/** Sorts files by name, so that their digest is the same in whatever order they were given. */
export function inOrder<T extends { readonly name: string }>(files: readonly T[]): T[] {
  return [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The digest of files together. */
export async function contentDigest(sources: readonly ByteSource[]): Promise<string> {
  const digest = new ContentDigest();
  for (const source of inOrder(sources)) for await (const slice of slicesOf(source)) await digest.add(slice);
  return digest.text();
}
