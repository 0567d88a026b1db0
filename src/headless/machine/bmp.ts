import { PlaygroundError } from '../../vit/errors.js';
import type { Picture } from '../../data/types.js';

/**
 * Decodes an uncompressed Windows bitmap with 1, 4, 8, 24 or 32 bits a pixel, a format that browsers read and libvips does not. Rejects all
 * others with `data.image`.
 */
export function decodeBmp(bytes: Uint8Array, name: string): Picture {
  const broken = (why: string): PlaygroundError => new PlaygroundError('data.image', `${name}: ${why}`, { subject: name });
  if (bytes.length < 54) throw broken('breaks off in the header of its bitmap');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(10, true);
  const headerSize = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  // Compression 3 gives the bit masks of the channels. With 32 bits these are nearly always the same as for compression 0.
  const plain = compression === 0 || (compression === 3 && bits === 32);
  if (headerSize < 40 || !plain || ![1, 4, 8, 24, 32].includes(bits)) {
    throw broken(`is a bitmap with ${bits} bits a pixel and compression ${compression}, which is not read; save it as PNG`);
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (width < 1 || height < 1 || start + stride * height > bytes.length) throw broken('breaks off: its bitmap is not whole');
  const colours = bits <= 8 ? view.getUint32(46, true) || 2 ** bits : 0;
  const palette = 14 + headerSize;
  if (palette + colours * 4 > bytes.length) throw broken('breaks off in its palette');
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    // Rows are stored from the bottom up unless the height is negative.
    const line = start + stride * (signedHeight < 0 ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      let from = line + (x * bits) / 8;
      if (bits <= 8) {
        const byte = bytes[line + Math.floor((x * bits) / 8)] ?? 0;
        const index = (byte >> (8 - bits - ((x * bits) % 8))) & (2 ** bits - 1);
        if (index >= colours) throw broken(`has a pixel of colour ${index}, and its palette has ${colours}`);
        from = palette + index * 4;
      }
      const to = (y * width + x) * 4;
      data[to] = bytes[from + 2] ?? 0;
      data[to + 1] = bytes[from + 1] ?? 0;
      data[to + 2] = bytes[from] ?? 0;
      data[to + 3] = 255;
    }
  }
  return { width, height, data };
}
