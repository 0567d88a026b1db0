// Float32 numbers as float16 and back, four at a time. Past the last number of an odd length there is a zero.
//   packed[i] = half(x[i])     y[i] = packed[i]     x, y [length], packed [length] of two bytes each, in whole words
// reads x; packed   writes (=) packed; y
import { loadSome, storeSome } from './common/vector';

/** Rounds to nearest, ties to even. What is beyond the largest float16 becomes the largest; NaN stays NaN. The lower 16 bits of each element. */
@inline
function halvesOf(x: v128): v128 {
  const magnitude = v128.and(x, i32x4.splat(0x7fffffff));
  // The exponent's bias from 127 to 15, and 13 of the fraction's bits rounded away; a carry goes into the exponent.
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1));
  let half = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, i32x4.splat(0xfff - 0x38000000)), odd), 13);
  // Below 2^-14 the halves are the multiples of 2^-24, the last place of a float32 between 1/2 and 1.
  const small = i32x4.sub(f32x4.add(magnitude, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
  half = v128.bitselect(small, half, i32x4.lt_s(magnitude, i32x4.splat(0x38800000)));
  half = v128.bitselect(i32x4.splat(0x7bff), half, i32x4.ge_s(magnitude, i32x4.splat(0x477ff000)));
  half = v128.bitselect(i32x4.splat(0x7e00), half, i32x4.gt_s(magnitude, i32x4.splat(0x7f800000)));
  return v128.or(half, v128.and(i32x4.shr_u(x, 16), i32x4.splat(0x8000)));
}

/** The numbers in the lower 16 bits of each element. None is infinite. */
@inline
function floatsOf(half: v128): v128 {
  const magnitude = v128.and(half, i32x4.splat(0x7fff));
  let word = i32x4.add(i32x4.shl(magnitude, 13), i32x4.splat(0x38000000));
  const small = f32x4.mul(f32x4.convert_i32x4_s(magnitude), f32x4.splat(5.9604644775390625e-8));
  word = v128.bitselect(small, word, i32x4.lt_s(magnitude, i32x4.splat(0x400)));
  word = v128.bitselect(i32x4.splat(0x7fc00000), word, i32x4.gt_s(magnitude, i32x4.splat(0x7c00)));
  return v128.or(word, i32x4.shl(v128.and(half, i32x4.splat(0x8000)), 16));
}

export function packHalf(x: usize, packed: usize, length: i32): void {
  const zero = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    v128.store64_lane(packed + (<usize>i << 1), v128.shuffle<i16>(halvesOf(v128.load(x + (<usize>i << 2))), zero, 0, 2, 4, 6, 8, 9, 10, 11), 0);
  }
  const left = length - i;
  if (left == 0) return;
  const half = halvesOf(loadSome(x + (<usize>i << 2), left));
  const last = v128.shuffle<i16>(half, zero, 0, 2, 4, 6, 8, 9, 10, 11);
  if (left > 2) v128.store64_lane(packed + (<usize>i << 1), last, 0);
  else v128.store32_lane(packed + (<usize>i << 1), last, 0);
}

export function unpackHalf(packed: usize, y: usize, length: i32): void {
  for (let i = 0; i < length; i += 4) {
    const from = packed + (<usize>i << 1);
    const some = length - i > 2 ? v128.load64_zero(from) : v128.load32_zero(from);
    storeSome(y + (<usize>i << 2), floatsOf(i32x4.extend_low_i16x8_u(some)), length - i);
  }
}
