import type { Match } from './match.js';
import { requireLength } from '../shapes.js';

export interface MergeShape {
  readonly images: number;
  readonly tokens: number;
  readonly channels: number;
  readonly r: number;
}

/** The rows of x [B N, C] of pair k of [B, r]: its even token (src) and its odd token (dst). */
function rowsOfPair({ src, dst }: Match, k: number, { tokens, r }: MergeShape): { even: number; odd: number } {
  const first = Math.floor(k / r) * tokens;
  return { even: first + 2 * src[k]!, odd: first + 2 * dst[k]! + 1 };
}

/**
 * The tokens of the pairs, weighted by size: src_k = x · size of the k-th pair's even token, dst_k the same of its odd token. Several pairs
 * may have the same dst.
 *
 * x [B, N, C], size [B, N]; returns src, dst [B, r, C].
 */
export function gatherPairs(
  x: Float64Array,
  size: Float64Array,
  pairs: Match,
  shape: MergeShape,
): { src: Float64Array; dst: Float64Array } {
  const { images, tokens, channels, r } = shape;
  requireLength('gatherPairs: x', x, images, tokens, channels);
  requireLength('gatherPairs: size', size, images, tokens);
  const src = new Float64Array(images * r * channels);
  const dst = new Float64Array(images * r * channels);
  for (let k = 0; k < images * r; k++) {
    const { even, odd } = rowsOfPair(pairs, k, shape);
    for (let c = 0; c < channels; c++) {
      src[k * channels + c] = x[even * channels + c]! * size[even]!;
      dst[k * channels + c] = x[odd * channels + c]! * size[odd]!;
    }
  }
  return { src, dst };
}

/** Adds dsrc · size and ddst · size [B, r, C] to dx [B, N, C] at the tokens that {@link gatherPairs} took. */
export function gatherPairsBackward(
  dx: Float64Array,
  dsrc: Float64Array,
  ddst: Float64Array,
  size: Float64Array,
  pairs: Match,
  shape: MergeShape,
): void {
  const { images, channels, r } = shape;
  for (let k = 0; k < images * r; k++) {
    const { even, odd } = rowsOfPair(pairs, k, shape);
    for (let c = 0; c < channels; c++) {
      dx[even * channels + c]! += dsrc[k * channels + c]! * size[even]!;
      dx[odd * channels + c]! += ddst[k * channels + c]! * size[odd]!;
    }
  }
}

/**
 * The size-weighted mean of the tokens of each row: out_row = Σ w / Σ size over the tokens n with pairs.row[n] = row, where w = x · size,
 * or `modulated` for the pairs' src. Sizes are not modulated.
 *
 * x [B, N, C], size [B, N], modulated [B, r, C] or null; returns out [B, N - r, C] and its size [B, N - r].
 */
export function merge(
  x: Float64Array,
  size: Float64Array,
  pairs: Match,
  modulated: Float64Array | null,
  shape: MergeShape,
): { out: Float64Array; size: Float64Array } {
  const { images, tokens, channels, r } = shape;
  requireLength('merge: x', x, images, tokens, channels);
  requireLength('merge: size', size, images, tokens);
  if (modulated) requireLength('merge: modulated', modulated, images, r, channels);
  const left = tokens - r;
  const out = new Float64Array(images * left * channels);
  const outSize = new Float64Array(images * left);
  for (let b = 0; b < images; b++) {
    const pairOf = new Map<number, number>();
    for (let k = 0; k < r; k++) pairOf.set(2 * pairs.src[b * r + k]!, b * r + k);
    for (let n = 0; n < tokens; n++) {
      const from = b * tokens + n;
      const to = b * left + pairs.row[from]!;
      const pair = pairOf.get(n);
      outSize[to]! += size[from]!;
      for (let c = 0; c < channels; c++) {
        out[to * channels + c]! +=
          modulated && pair !== undefined ? modulated[pair * channels + c]! : x[from * channels + c]! * size[from]!;
      }
    }
  }
  for (let row = 0; row < images * left; row++) {
    for (let c = 0; c < channels; c++) out[row * channels + c]! /= outSize[row]!;
  }
  return { out, size: outSize };
}

/**
 * dw_n = dout of n's row / the size of that row; dx = dw · size. If the pairs' src were modulated, dmodulated = dw for them, and their dx
 * is left zero, since the modulation's backward adds it.
 *
 * dout [B, N - r, C], size [B, N], outSize [B, N - r]; returns dx [B, N, C], dmodulated [B, r, C].
 */
export function mergeBackward(
  dout: Float64Array,
  size: Float64Array,
  outSize: Float64Array,
  pairs: Match,
  modulated: boolean,
  shape: MergeShape,
): { dx: Float64Array; dmodulated: Float64Array } {
  const { images, tokens, channels, r } = shape;
  const left = tokens - r;
  requireLength('mergeBackward: dout', dout, images, left, channels);
  requireLength('mergeBackward: size', size, images, tokens);
  requireLength('mergeBackward: outSize', outSize, images, left);
  const dx = new Float64Array(images * tokens * channels);
  const dmodulated = new Float64Array(images * r * channels);
  for (let n = 0; n < images * tokens; n++) {
    const row = Math.floor(n / tokens) * left + pairs.row[n]!;
    for (let c = 0; c < channels; c++) dx[n * channels + c] = (dout[row * channels + c]! / outSize[row]!) * size[n]!;
  }
  if (modulated) {
    for (let k = 0; k < images * r; k++) {
      const n = Math.floor(k / r) * tokens + 2 * pairs.src[k]!;
      const row = Math.floor(k / r) * left + pairs.row[n]!;
      for (let c = 0; c < channels; c++) {
        dmodulated[k * channels + c] = dout[row * channels + c]! / outSize[row]!;
        dx[n * channels + c] = 0;
      }
    }
  }
  return { dx, dmodulated };
}

/** [B, N]: the sizes, with zero for the tokens that merge away, so that these are dropped. */
export function withoutPairs(size: Float64Array, pairs: Match, images: number, tokens: number): Float64Array {
  const left = size.slice();
  const r = pairs.src.length / images;
  pairs.src.forEach((even, k) => (left[Math.floor(k / r) * tokens + 2 * even] = 0));
  return left;
}

/** Follows the original tokens through a merge: source [B, N0] has their rows before it, the result their rows after it. */
export function mergeSource(source: Int32Array, pairs: Match, images: number, tokens: number): Int32Array {
  const original = source.length / images;
  return source.map((row, i) => (row === GONE ? GONE : pairs.row[Math.floor(i / original) * tokens + row]!));
}

/** The row of a dropped token. */
export const GONE = -1;

/** The same as {@link mergeSource}, where the pairs' src are dropped. */
export function dropSource(source: Int32Array, pairs: Match, images: number, tokens: number): Int32Array {
  const original = source.length / images;
  const r = pairs.src.length / images;
  const dropped = new Set(Array.from(pairs.src, (even, k) => Math.floor(k / r) * tokens + 2 * even));
  const kept = source.map((row, i) => (dropped.has(Math.floor(i / original) * tokens + row) ? GONE : row));
  return mergeSource(kept, pairs, images, tokens);
}
