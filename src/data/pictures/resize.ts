import type { Picture } from '../types.js';
import { resizedEdge, type Framing, type Resampling } from '../../vit/framing.js';

/** PIL keeps filter weights as integers in units of 2^-22: 32 bits less 8 for the pixel and 2 for sign and overshoot. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);
/** Keys' cubic convolution with a = -0.5 (Keys 1981, eq. 4), which PIL calls BICUBIC. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

interface Filter {
  /** Its support in output pixels, to each side. */
  readonly support: number;
  /** Its weight at a distance. */
  weight(x: number): number;
}

/** PIL's filters (Pillow's Resample.c), which are widened when shrinking. `nearest` is not a filter. */
const FILTERS: Readonly<Record<Exclude<Resampling, 'nearest'>, Filter>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x))) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** For each output pixel along one axis, the input pixels that it is made of and their fixed-point weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [out, stride]: weights of `count` pixels from `first`, the rest 0. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** An axis that is resized, and the wanted part of it: `length` pixels from `offset` on, out of `to`. */
interface Axis {
  readonly from: number;
  readonly to: number;
  readonly offset: number;
  readonly length: number;
}

/** The filter is widened by the shrinking factor, which gives the antialiasing, and its weights sum to 1 at the edges too. */
function makeTaps({ from, to, offset, length }: Axis, filter: Filter): Taps {
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const support = filter.support * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const weights = new Int32Array(length * stride);
  const exact = new Float64Array(stride);
  for (let out = 0; out < length; out++) {
    const centre = (offset + out + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    let total = 0;
    for (let i = low; i < high; i++) {
      const weight = filter.weight((i - centre + 0.5) / widening);
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
 * The source pixel of each output pixel's centre. PIL adds a rounded step each time, which decides where a centre lies between two pixels.
 */
function centres({ from, to, offset, length }: Axis): number[] {
  const step = from / to;
  const found: number[] = [];
  for (let i = 0, at = step * 0.5; i < offset + length; i++, at += step) {
    if (i >= offset) found.push(Math.min(from - 1, Math.floor(at)));
  }
  return found;
}

/** PIL's NEAREST. */
function nearest(picture: Picture, across: Axis, down: Axis): Uint8Array<ArrayBuffer> {
  const [columns, rows] = [centres(across), centres(down)];
  const result = new Uint8Array(across.length * down.length * 4);
  for (let y = 0; y < down.length; y++) {
    const row = (rows[y] ?? 0) * picture.width;
    for (let x = 0; x < across.length; x++) {
      const source = (row + (columns[x] ?? 0)) * 4;
      const target = (y * across.length + x) * 4;
      for (let c = 0; c < 3; c++) result[target + c] = picture.data[source + c] ?? 0;
      result[target + 3] = 255;
    }
  }
  return result;
}

const isWhole = ({ from, to, length }: Axis): boolean => from === to && length === to;

/** A horizontal and then a vertical pass with 8 bits in between, as in PIL. An axis that keeps its length is skipped. */
function resample(picture: Picture, across: Axis, down: Axis, filter: Filter): Uint8Array<ArrayBuffer> {
  const { width: fromWidth, height: fromHeight } = picture;
  const { length: width } = across;
  const { length: height } = down;
  let pixels: Uint8Array | Uint8ClampedArray = picture.data;
  if (!isWhole(across)) {
    const narrowed = new Uint8ClampedArray(width * fromHeight * 4);
    filterLines(pixels, narrowed, makeTaps(across, filter), {
      lines: fromHeight,
      step: 4,
      apart: fromWidth * 4,
      outStep: 4,
      outApart: width * 4,
    });
    pixels = narrowed;
  }
  const result = new Uint8ClampedArray(width * height * 4);
  if (!isWhole(down)) {
    filterLines(pixels, result, makeTaps(down, filter), {
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

const all = (from: number, to: number): Axis => ({ from, to, offset: 0, length: to });

/**
 * Antialiased bicubic, bit for bit as PIL's `image.convert('RGB').resize((width, height), BICUBIC)`. The proportions of the picture are
 * not kept.
 *
 * @param picture RGBA; alpha is dropped, not composited, as `convert('RGB')` does.
 * @returns [height, width, 4] RGBA bytes, alpha 255.
 */
export function resizeBicubic(picture: Picture, width: number, height: number): Uint8Array<ArrayBuffer> {
  return resample(picture, all(picture.width, width), all(picture.height, height), FILTERS.bicubic);
}

/**
 * The square of a picture that a network takes, bit for bit as PIL's `resize` and `crop` make it: the middle of the resized picture. An odd
 * remaining pixel is cut off below and to the right, as in transformers.
 *
 * @returns [side, side, 4] RGBA bytes, alpha 255.
 */
export function framePicture(picture: Picture, side: number, framing: Framing): Uint8Array<ArrayBuffer> {
  const { width, height } = picture;
  const edge = resizedEdge(side, framing);
  const shorter = Math.min(width, height);
  const resized = (from: number): number => (framing.fit === 'stretch' ? edge : Math.trunc((edge * from) / shorter));
  const axis = (from: number): Axis => {
    const to = resized(from);
    return { from, to, offset: Math.floor((to - side) / 2), length: side };
  };
  const [across, down] = [axis(width), axis(height)];
  return framing.resampling === 'nearest'
    ? nearest(picture, across, down)
    : resample(picture, across, down, FILTERS[framing.resampling]);
}
