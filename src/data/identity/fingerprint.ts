import type { Part } from '../../protocol/maps.js';
import type { DataFingerprint } from '../../protocol/runs/run.js';
import { mapConcurrently } from '../concurrent.js';
import type { Dataset } from '../types.js';

/** A running 64-bit hash, two lanes similar to FNV-1a. It detects accidental differences, not deliberate ones. */
export class Fingerprint {
  #high = 0x811c9dc5;
  #low = 0xcbf29ce4;

  addBytes(bytes: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    for (const byte of bytes) {
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low ^ (byte + 0x55), 0x01000193);
      low ^= low >>> 15;
    }
    this.#high = high;
    this.#low = low;
  }

  add(...values: readonly (string | number)[]): void {
    const encoder = new TextEncoder();
    for (const value of values) {
      this.addBytes(encoder.encode(`${typeof value === 'number' ? 'n' : 's'}${value}`));
      this.addBytes(Uint8Array.of(0));
    }
  }

  /** 16 hexadecimal digits. */
  text(): string {
    return [this.#high, this.#low].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** 32 hexadecimal digits of SHA-256, which the platform computes on another thread. */
export async function contentDigest(bytes: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What {@link fingerprintOfPart} asks of a `PixelCache`. */
interface ReadPictures {
  readonly dataset: Pick<Dataset, 'classes' | 'label' | 'parts'>;
  usable(indices: readonly number[]): readonly number[];
  digest(index: number): Promise<string>;
}

/** Identifies a part by the content and classes of its usable pictures, in their order. File names do not matter. */
export async function fingerprintOfPart(pictures: ReadPictures, part: Part): Promise<string> {
  const { dataset } = pictures;
  const indices = pictures.usable(dataset.parts[part]);
  const digests = await mapConcurrently(indices, 16, (index) => pictures.digest(index));
  const lines = indices.map((index, i) => JSON.stringify([dataset.classes[dataset.label(index)], digests[i]]));
  return contentDigest(new TextEncoder().encode(lines.join('\n')));
}

/** The fingerprint of each part, once its pictures were read. Pictures that cannot be decoded do not count. */
export async function fingerprintOfParts(pictures: ReadPictures): Promise<DataFingerprint> {
  const { train, validation, test } = pictures.dataset.parts;
  return {
    train: await fingerprintOfPart(pictures, 'train'),
    validation: await fingerprintOfPart(pictures, 'validation'),
    test: await fingerprintOfPart(pictures, 'test'),
    listed: { train: train.length, validation: validation.length, test: test.length },
  };
}
