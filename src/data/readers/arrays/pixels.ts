import type { Picture } from '../../types.js';

/** The order of a picture's numbers in an array. */
export interface PixelLayout {
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for colour, 4 for colour and opacity. */
  readonly channels: 1 | 3 | 4;
  /** True for channel after channel, as in CIFAR and PyTorch; false for pixel after pixel. */
  readonly planar: boolean;
}

const SMALLEST_SIDE = 4;
const LARGEST_SIDE = 16_384;

const isSide = (length: number): boolean => length >= SMALLEST_SIDE && length <= LARGEST_SIDE;

function channelsOf(length: number | undefined): 1 | 3 | 4 | null {
  return length === 1 || length === 3 || length === 4 ? length : null;
}

/**
 * The layout for the shape of one picture: [height, width], [height, width, channels], [channels, height, width], or one length, for a
 * square. Null where the shape is not a picture's.
 */
export function layoutOf(shape: readonly number[]): PixelLayout | null {
  const [a = 0, b = 0, c = 0] = shape;
  if (shape.length === 1) {
    const grey = Math.sqrt(a);
    const colour = Math.sqrt(a / 3);
    if (Number.isInteger(grey) && isSide(grey)) return { height: grey, width: grey, channels: 1, planar: false };
    if (Number.isInteger(colour) && isSide(colour)) return { height: colour, width: colour, channels: 3, planar: false };
    return null;
  }
  if (shape.length === 2) return isSide(a) && isSide(b) ? { height: a, width: b, channels: 1, planar: false } : null;
  if (shape.length !== 3) return null;
  const last = channelsOf(c);
  if (last !== null && isSide(a) && isSide(b)) return { height: a, width: b, channels: last, planar: false };
  const first = channelsOf(a);
  return first !== null && isSide(b) && isSide(c) ? { height: b, width: c, channels: first, planar: true } : null;
}

/** Makes RGBA of one picture's numbers, 0 to 255. */
export function toPicture(values: ArrayLike<number>, { height, width, channels, planar }: PixelLayout): Picture {
  const pixels = height * width;
  const data = new Uint8Array(pixels * 4);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 4; c++) {
      if (c === 3 && channels !== 4) data[i * 4 + 3] = 255;
      else {
        const channel = channels === 1 ? 0 : c;
        data[i * 4 + c] = values[planar ? channel * pixels + i : i * channels + channel] ?? 0;
      }
    }
  }
  return { width, height, data };
}
