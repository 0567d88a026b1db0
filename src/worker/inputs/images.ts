import { pictureOf } from '../../data/pictures/contents.js';
import { imageFormat, imageSize, SNIFFED_BYTES } from '../../data/pictures/image-files.js';
import type { ImageDecoder, Picture } from '../../data/types.js';
import { toErrorRecord } from '../../vit/errors.js';

/** Each pixel of a picture that is being decoded takes 8 bytes: it is there twice (the canvas, and the bitmap or the copy). */
const MOST_PIXELS_UNDER_WAY = 24e6;

let pixelsUnderWay = 0;
const waiting: (() => void)[] = [];

/** Large pictures wait for each other, so that a set of 12-megapixel photographs stays within a few hundred megabytes. */
async function takeTurn(pixels: number): Promise<() => void> {
  while (pixelsUnderWay > 0 && pixelsUnderWay + pixels > MOST_PIXELS_UNDER_WAY) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  pixelsUnderWay += pixels;
  return () => {
    pixelsUnderWay -= pixels;
    for (const go of waiting.splice(0)) go();
  };
}

async function decode(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<Picture> {
  const format = imageFormat(bytes.subarray(0, SNIFFED_BYTES));
  const blob = new Blob([bytes], { type: format === null ? '' : `image/${format}` });
  const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' }).catch((cause: unknown) => {
    const kind = format === null ? 'file' : format.toUpperCase();
    throw new Error(`${name}: this browser cannot decode this ${kind}; it is damaged, or its kind is not supported here`, {
      cause,
    });
  });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  try {
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error(`${name}: this browser gives no canvas of ${width} x ${height} pixels`);
    context.drawImage(bitmap, 0, 0);
    // Frees the pixels now, before the copy is made, rather than when they are collected.
    bitmap.close();
    const { data } = context.getImageData(0, 0, width, height);
    if (format !== 'jpeg') for (let alpha = 3; alpha < data.length; alpha += 4) data[alpha] = 255;
    return { width, height, data };
  } finally {
    bitmap.close();
    canvas.width = 0;
    canvas.height = 0;
  }
}

/** Why a file cannot be used as a picture, in the sentence that a data set with it would say; null where it can be. */
export async function whyUnreadable(file: File): Promise<string | null> {
  const read = async (): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await file.arrayBuffer());
  try {
    await pictureOf({ name: file.name, content: { kind: 'bytes', read } }, browserDecoder);
    return null;
  } catch (thrown) {
    return toErrorRecord(thrown).message;
  }
}

/**
 * Decodes as the browser does: EXIF orientation applied, colours in sRGB, the first frame of an animation. Alpha is dropped; a fully
 * transparent pixel is black, since a canvas keeps no colour of it.
 */
export const browserDecoder: ImageDecoder = {
  async decode(bytes, name) {
    const size = imageSize(bytes);
    const done = await takeTurn(size ? size.width * size.height : 0);
    try {
      return await decode(bytes, name);
    } finally {
      done();
    }
  },
};
