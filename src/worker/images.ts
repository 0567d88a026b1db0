import { imageFormat, SNIFFED_BYTES } from '../data/image-files.js';
import type { ImageDecoder } from '../data/types.js';

/**
 * Decodes as the browser does: EXIF orientation applied, colours in sRGB, the first frame of what moves. Alpha is dropped; a
 * fully transparent pixel is black, which is all that a canvas keeps of it.
 */
export const browserDecoder: ImageDecoder = {
  async decode(bytes, name) {
    const format = imageFormat(bytes.subarray(0, SNIFFED_BYTES));
    const blob = new Blob([bytes], { type: format === null ? '' : `image/${format}` });
    const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' }).catch((cause: unknown) => {
      const kind = format === null ? 'file' : format.toUpperCase();
      throw new Error(`${name}: this browser cannot decode this ${kind}; it is damaged, or its kind is not supported here`, {
        cause,
      });
    });
    try {
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
      if (!context) throw new Error(`${name}: this browser gives no canvas of ${width} x ${height} pixels`);
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      for (let alpha = 3; alpha < data.length; alpha += 4) data[alpha] = 255;
      return { width, height, data };
    } finally {
      bitmap.close();
    }
  },
};
