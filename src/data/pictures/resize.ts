import type { Picture } from '../types.js';

/** PIL keeps filter weights as integers in units of 2^-22: 32 bits less 8 for the pixel and 2 for sign and overshoot. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);
/** The cubic's support in output pixels, to each side. */
const SUPPORT = 2;

/** Keys' cubic convolution with a = -0.5 (Keys 1981, eq. 4), which PIL calls BICUBIC. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** Which input pixels each output pixel along one axis takes, and with what fixed-point weight. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [out, stride]: weights of `count` pixels from `first`, the rest 0. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** The window is widened by the factor of the shrinking (that is the antialiasing), and its weights sum to 1 at the edges too. */
function makeTaps(from: number, to: number): Taps {
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const support = SUPPORT * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let total = 0;
    for (let i = low; i < high; i++) {
      const weight = cubic((i - centre + 0.5) / widening);
      exact[i - low] = weight;
      total += weight;
    }
    for (let i = 0; i < high - low; i++) {
      const fixed = ((exact[i] ?? 0) / total) * (1 << PRECISION_BITS);
      weights[out * stride + i] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    first[out] = low;
    count[out] = high - low;
  }
  return { first, count, weights, stride };
}

/**
 * Filters the colour channels of `lines` runs of pixels; a run's neighbours lie `step` bytes apart, runs lie `apart` bytes apart.
 * Sums are 32-bit integers, rounded to 8 bits and clipped, as PIL does between its two passes. Alpha is not read.
 */
function filterLines(
  source: Uint8Array | Uint8ClampedArray,
  target: Uint8ClampedArray,
  taps: Taps,
  shape: { lines: number; step: number; apart: number; outStep: number; outApart: number },
): void {
  const { first, count, weights, stride } = taps;
  const { lines, step, apart, outStep, outApart } = shape;
  const outputs = first.length;
  for (let line = 0; line < lines; line++) {
    for (let out = 0; out < outputs; out++) {
      let at = line * apart + (first[out] ?? 0) * step;
      let weightAt = out * stride;
      const end = weightAt + (count[out] ?? 0);
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (; weightAt < end; weightAt++, at += step) {
        const weight = weights[weightAt] as number;
        red = (red + Math.imul(weight, source[at] as number)) | 0;
        green = (green + Math.imul(weight, source[at + 1] as number)) | 0;
        blue = (blue + Math.imul(weight, source[at + 2] as number)) | 0;
      }
      const to = line * outApart + out * outStep;
      target[to] = red >> PRECISION_BITS;
      target[to + 1] = green >> PRECISION_BITS;
      target[to + 2] = blue >> PRECISION_BITS;
      target[to + 3] = 255;
    }
  }
}

/**
 * Antialiased bicubic, bit for bit as PIL's `image.convert('RGB').resize((width, height), BICUBIC)`: a horizontal and then a
 * vertical pass with 8 bits between them. The proportions of the picture are not kept.
 *
 * @param picture RGBA; alpha is dropped, not composited, as `convert('RGB')` does.
 * @returns [height, width, 4] RGBA bytes, alpha 255.
 */
export function resizeBicubic(picture: Picture, width: number, height: number): Uint8Array<ArrayBuffer> {
  const { width: fromWidth, height: fromHeight } = picture;
  let pixels: Uint8Array | Uint8ClampedArray = picture.data;
  if (width !== fromWidth) {
    const narrowed = new Uint8ClampedArray(width * fromHeight * 4);
    filterLines(pixels, narrowed, makeTaps(fromWidth, width), {
      lines: fromHeight,
      step: 4,
      apart: fromWidth * 4,
      outStep: 4,
      outApart: width * 4,
    });
    pixels = narrowed;
  }
  const result = new Uint8ClampedArray(width * height * 4);
  if (height !== fromHeight) {
    filterLines(pixels, result, makeTaps(fromHeight, height), {
      lines: width,
      step: width * 4,
      apart: 4,
      outStep: width * 4,
      outApart: 4,
    });
  } else {
    result.set(pixels);
    for (let alpha = 3; alpha < result.length; alpha += 4) result[alpha] = 255;
  }
  return new Uint8Array(result.buffer);
}
