import type { SkippedFile } from '../protocol/api.js';
import { PlaygroundError } from '../vit/errors.js';
import type { Part } from '../protocol/maps.js';
import { mapConcurrently } from './concurrent.js';
import { contentDigest, Fingerprint } from './fingerprint.js';
import { extensionOf, imageFormat, requireSoundImage, SNIFFED_BYTES } from './image-files.js';
import { encodePng } from './png.js';
import { resizeBicubic } from './resize.js';
import type { KeyedExample, RawDataset, RawExample } from './readers/types.js';
import type { Split } from './split.js';
import type { Dataset, EncodedPicture, ImageDecoder, Picture } from './types.js';

/** A picture file of more than this is no picture. */
const LARGEST_FILE = 256 * 2 ** 20;

/** One error for whatever goes wrong with one picture, naming it. */
function imageError(name: string, cause: unknown): PlaygroundError {
  if (cause instanceof PlaygroundError && (cause.code === 'data.image' || cause.code === 'cancelled')) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PlaygroundError('data.image', why.includes(name) ? why : `${name}: this picture cannot be decoded: ${why}`, {
    subject: name,
    cause,
  });
}

type PixelContent = Extract<RawExample['content'], { readonly kind: 'pixels' }>;
type FileContent = Exclude<RawExample['content'], PixelContent>;

/** Digests of what was read, with the content: edits of the data set read nothing again. */
const DIGESTS = new WeakMap<RawExample['content'], Promise<string>>();

function note(content: RawExample['content'], bytes: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): void {
  if (!DIGESTS.has(content)) DIGESTS.set(content, contentDigest(bytes));
}

/** A data set that was opened from files: nothing is decoded, and nothing kept, until it is asked for. */
export class ReadDataset implements Dataset {
  readonly name: string;
  readonly form: string;
  readonly classes: readonly string[];
  readonly split: string;
  readonly parts: Readonly<Record<Part, readonly number[]>>;
  readonly length: number;
  readonly fingerprint: string;
  readonly #examples: readonly KeyedExample[];
  readonly #decoder: ImageDecoder;

  constructor(
    description: {
      readonly name: string;
      readonly form: string;
      readonly classes: readonly string[];
      readonly fingerprint: string;
    },
    examples: readonly KeyedExample[],
    split: Split,
    decoder: ImageDecoder,
  ) {
    this.name = description.name;
    this.form = description.form;
    this.classes = description.classes;
    this.fingerprint = description.fingerprint;
    this.split = split.sentence;
    this.parts = split.parts;
    this.length = examples.length;
    this.#examples = examples;
    this.#decoder = decoder;
  }

  #example(index: number): KeyedExample {
    const example = this.#examples[index];
    if (!example) throw new RangeError(`${this.name}: no picture ${index} among ${this.length}`);
    return example;
  }

  nameOf(index: number): string {
    return this.#example(index).name;
  }

  label(index: number): number {
    return this.#example(index).label;
  }

  key(index: number): number {
    return this.#example(index).key;
  }

  async #bytes({ name }: RawExample, content: FileContent): Promise<Uint8Array<ArrayBuffer>> {
    if (content.kind === 'file' && content.source.size > LARGEST_FILE) {
      const message = `${name}: has ${content.source.size} bytes, too much for one picture`;
      throw new PlaygroundError('data.image', message, { subject: name });
    }
    const bytes = await (content.kind === 'bytes' ? content.read() : content.source.read(0, content.source.size));
    note(content, bytes);
    return bytes;
  }

  async #pixels(content: PixelContent): Promise<Picture> {
    const picture = await content.read();
    if (!content.digest) note(content, picture.data);
    return picture;
  }

  async digest(index: number): Promise<string> {
    const example = this.#example(index);
    const { content } = example;
    const kept = content.kind === 'pixels' ? await content.digest?.() : undefined;
    const noted = kept ?? (await DIGESTS.get(content));
    if (noted !== undefined) return noted;
    return contentDigest(content.kind === 'pixels' ? (await content.read()).data : await this.#bytes(example, content));
  }

  async picture(index: number): Promise<Picture> {
    const example = this.#example(index);
    const { content } = example;
    try {
      if (content.kind === 'pixels') return await this.#pixels(content);
      const bytes = await this.#bytes(example, content);
      requireSoundImage(bytes, example.name);
      return await this.#decoder.decode(bytes, example.name);
    } catch (cause) {
      throw imageError(example.name, cause);
    }
  }

  async pixels(index: number, side: number): Promise<Uint8Array<ArrayBuffer>> {
    return resizeBicubic(await this.picture(index), side, side);
  }

  async encoded(index: number): Promise<EncodedPicture> {
    const example = this.#example(index);
    const { content } = example;
    try {
      if (content.kind === 'pixels') return { bytes: await encodePng(await this.picture(index)), extension: 'png' };
      const bytes = await this.#bytes(example, content);
      requireSoundImage(bytes, example.name);
      const format = imageFormat(bytes.subarray(0, SNIFFED_BYTES));
      return { bytes, extension: format === null ? 'bin' : extensionOf(format) };
    } catch (cause) {
      throw imageError(example.name, cause);
    }
  }
}

/** Names, sizes, labels, and a few bytes of a few pictures: enough to tell data sets apart without reading them. */
export async function fingerprintOf({ form, classes, examples }: RawDataset): Promise<string> {
  const print = new Fingerprint();
  print.add(form, ...classes, examples.length);
  for (const { name, label, part, content } of examples) {
    print.add(name, label, part ?? '', content.kind === 'file' ? content.source.size : 0);
  }
  const step = Math.max(1, Math.floor(examples.length / 32));
  for (let i = 0; i < examples.length; i += step) {
    const content = examples[i]?.content;
    if (content?.kind !== 'file') continue;
    const from = Math.floor(content.source.size / 2);
    print.addBytes(await content.source.read(from, Math.min(256, content.source.size - from)));
  }
  return print.text();
}

/**
 * Decodes every picture once, so that all broken ones are known before anything trains.
 *
 * @param onProgress is told how many were looked at.
 */
export async function validateImages(
  dataset: Dataset,
  onProgress?: (done: number, total: number) => void,
): Promise<(SkippedFile & { readonly index: number })[]> {
  let done = 0;
  const indices = Array.from({ length: dataset.length }, (_, index) => index);
  const reports = await mapConcurrently(indices, 3, async (index): Promise<(SkippedFile & { readonly index: number })[]> => {
    try {
      await dataset.picture(index);
      return [];
    } catch (cause) {
      return [{ index, name: dataset.nameOf(index), reason: cause instanceof Error ? cause.message : String(cause) }];
    } finally {
      onProgress?.(++done, dataset.length);
    }
  });
  return reports.flat();
}
