import type { SkippedFile } from '../protocol/api.js';
import type { Part } from '../protocol/maps.js';
import { mapConcurrently } from './concurrent.js';
import { digestOf, encodedOf, pictureOf } from './pictures/contents.js';
import { Fingerprint } from './identity/fingerprint.js';
import { framePicture } from './pictures/resize.js';
import type { KeyedExample, RawDataset } from './readers/types.js';
import type { Split } from './split.js';
import type { Dataset, EncodedPicture, ImageDecoder, Picture } from './types.js';
import { PlaygroundError } from '../vit/errors.js';
import { framingKey, framingWords, WHOLE_PICTURE, type Framing } from '../vit/framing.js';

/** A data set opened from files. Nothing is decoded until it is asked for, and nothing is kept. */
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

  async digest(index: number): Promise<string> {
    return digestOf(this.#example(index));
  }

  async picture(index: number): Promise<Picture> {
    return pictureOf(this.#example(index), this.#decoder);
  }

  async pixels(index: number, side: number, framing?: Framing): Promise<Uint8Array<ArrayBuffer>> {
    const { content } = this.#example(index);
    const made = content.kind === 'pixels' ? content.framing : undefined;
    if (made && framing) this.#requireMadeAs(made, framing, side);
    return framePicture(await this.picture(index), side, made ? WHOLE_PICTURE : (framing ?? WHOLE_PICTURE));
  }

  #requireMadeAs(made: Framing, wanted: Framing, side: number): void {
    if (framingKey(side, made) === framingKey(side, wanted)) return;
    throw new PlaygroundError(
      'data.empty',
      `${this.name}: only squares of its pictures are kept, ${framingWords(side, made)}, but this backbone needs them ${framingWords(side, wanted)}; drop the data set again`,
      { subject: this.name },
    );
  }

  async encoded(index: number): Promise<EncodedPicture> {
    return encodedOf(this.#example(index));
  }
}

/** A digest of names, sizes, labels, and a few bytes of a few pictures, which distinguishes data sets without reading them. */
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
 * @param onProgress is called with the number of pictures decoded and the number of all.
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
      if (!(cause instanceof PlaygroundError) || cause.code !== 'data.image') throw cause;
      return [{ index, name: dataset.nameOf(index), reason: cause.message }];
    } finally {
      onProgress?.(++done, dataset.length);
    }
  });
  return reports.flat();
}
