import sharp from 'sharp';
import type { ImageDecoder } from '../data/types.js';

/**
 * Decodes through libvips: EXIF orientation applied, colours in sRGB (embedded profiles, CMYK, grey, palettes and 16 bits are
 * converted), the first frame of what moves. Alpha is dropped: the colours under it stay, and black where it is 0, since that
 * is all a browser's canvas knows of such a pixel.
 */
export const sharpDecoder: ImageDecoder = {
  async decode(bytes) {
    const { data, info } = await sharp(bytes, { failOn: 'error', limitInputPixels: 200e6, pages: 1 })
      .rotate()
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
