import type { Sharp } from 'sharp';
import { imageFormat, jpegFrame, SNIFFED_BYTES } from '../../data/pictures/image-files.js';
import type { ImageDecoder, Picture } from '../../data/types.js';
import { PlaygroundError } from '../../vit/errors.js';
import { decodeBmp } from './bmp.js';

/** sharp is loaded when the first picture is decoded, since an installed package may not have it. */
async function loadSharp() {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    throw new PlaygroundError('usage', "sharp, which decodes pictures here, is not installed: 'npm install sharp' does it", {
      cause,
    });
  }
}

async function open(bytes: Uint8Array): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(bytes, { failOn: 'error', limitInputPixels: 200e6, pages: 1 }).rotate();
}

async function hasProfile(bytes: Uint8Array): Promise<boolean> {
  const sharp = await loadSharp();
  return (await sharp(bytes).metadata()).hasProfile;
}

/**
 * Without a profile it is not known which inks are meant. Browsers and PIL then multiply the channels, while libvips would assume a certain
 * press.
 */
async function decodeBareCmyk(bytes: Uint8Array): Promise<Picture> {
  const { data, info } = await (
    await open(bytes)
  )
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const white = 255 - (data[at + 3] ?? 0);
    for (let ink = 0; ink < 3; ink++) pixels[at + ink] = Math.round(((255 - (data[at + ink] ?? 0)) * white) / 255);
    pixels[at + 3] = 255;
  }
  return { width: info.width, height: info.height, data: pixels };
}

/**
 * Decodes through libvips: EXIF orientation is applied, colours are converted to sRGB (from embedded profiles, CMYK, grey, palettes and 16
 * bits), and of an animation the first frame is taken. Alpha is dropped: the colours under it are kept, and are black where alpha is 0, as
 * on a browser's canvas.
 */
export const sharpDecoder: ImageDecoder = {
  async decode(bytes, name) {
    const format = imageFormat(bytes.subarray(0, SNIFFED_BYTES));
    if (format === 'bmp') return decodeBmp(bytes, name);
    if (format === 'jpeg' && jpegFrame(bytes)?.components === 4 && !(await hasProfile(bytes))) {
      return decodeBareCmyk(bytes);
    }
    const { data, info } = await (
      await open(bytes)
    )
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.length);
    pixels.set(data);
    for (let at = 0; at < pixels.length; at += 4) {
      if (pixels[at + 3] === 0) pixels.fill(0, at, at + 3);
      pixels[at + 3] = 255;
    }
    return { width: info.width, height: info.height, data: pixels };
  },
};
