/** Reads one picture, wherever its content lies: its bytes, its digest, its pixels. */
import { PlaygroundError } from '../../vit/errors.js';
import { contentDigest } from '../identity/fingerprint.js';
import { extensionOf, imageFormat, requireSoundImage, SNIFFED_BYTES } from './image-files.js';
import { encodePng } from './png.js';
import type { Content } from '../readers/types.js';
import type { EncodedPicture, ImageDecoder, Picture } from '../types.js';

/** A file larger than this is not taken for a picture. */
const LARGEST_FILE = 256 * 2 ** 20;

/** A picture that was not read yet. */
export interface Unread {
  readonly name: string;
  readonly content: Content;
}

type FileContent = Exclude<Content, { readonly kind: 'pixels' }>;

/** Codes of errors that are passed on as they are; `usage` is that of a program that lacks what decodes pictures. */
const PASSED_ON: readonly string[] = ['data.image', 'cancelled', 'usage'];

/** One kind of error for every failure with a picture, with its name. */
function imageError(name: string, cause: unknown): PlaygroundError {
  if (cause instanceof PlaygroundError && PASSED_ON.includes(cause.code)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PlaygroundError('data.image', why.includes(name) ? why : `${name}: this picture cannot be decoded: ${why}`, {
    subject: name,
    cause,
  });
}

/** Digests of content that was read. They belong to the content, so that edits of the data set need no further reading. */
const DIGESTS = new WeakMap<Content, Promise<string>>();

function note(content: Content, bytes: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): void {
  if (!DIGESTS.has(content)) DIGESTS.set(content, contentDigest(bytes));
}

async function bytesOf(name: string, content: FileContent): Promise<Uint8Array<ArrayBuffer>> {
  if (content.kind === 'file' && content.source.size > LARGEST_FILE) {
    const message = `${name}: has ${content.source.size} bytes, too much for one picture`;
    throw new PlaygroundError('data.image', message, { subject: name });
  }
  const bytes = await (content.kind === 'bytes' ? content.read() : content.source.read(0, content.source.size));
  note(content, bytes);
  return bytes;
}

/** As `Dataset.digest`: computed when the picture is read; otherwise its file is read now. */
export async function digestOf({ name, content }: Unread): Promise<string> {
  const kept = content.kind === 'pixels' ? await content.digest?.() : undefined;
  const noted = kept ?? (await DIGESTS.get(content));
  if (noted !== undefined) return noted;
  return contentDigest(content.kind === 'pixels' ? (await content.read()).data : await bytesOf(name, content));
}

/** Decoded, orientation applied. Rejects with `data.image` where it cannot be. */
export async function pictureOf({ name, content }: Unread, decoder: ImageDecoder): Promise<Picture> {
  try {
    if (content.kind === 'pixels') {
      const picture = await content.read();
      if (!content.digest) note(content, picture.data);
      return picture;
    }
    const bytes = await bytesOf(name, content);
    requireSoundImage(bytes, name);
    return await decoder.decode(bytes, name);
  } catch (cause) {
    throw imageError(name, cause);
  }
}

/** As `Dataset.encoded`. */
export async function encodedOf({ name, content }: Unread): Promise<EncodedPicture> {
  try {
    if (content.kind === 'pixels') return { bytes: await encodePng(await content.read()), extension: 'png' };
    const bytes = await bytesOf(name, content);
    requireSoundImage(bytes, name);
    const format = imageFormat(bytes.subarray(0, SNIFFED_BYTES));
    return { bytes, extension: format === null ? 'bin' : extensionOf(format) };
  } catch (cause) {
    throw imageError(name, cause);
  }
}
