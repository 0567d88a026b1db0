// Counter-based random bits, the same as shaders/common/random.wgsl gives: pcg4d of Jarzynski and Olano, "Hash Functions for GPU
// Rendering", JCGT 9(3), 2020. A draw depends on (seed, step, site, element) alone, so that machines, groups and threads agree.
import { splat } from './vector';

/** pcg4d of a key of four words; each lane has its own key. */
@inline
export function pcg4d(x: u32, y: u32, z: u32, w: u32): v128 {
  x = x * 1664525 + 1013904223;
  y = y * 1664525 + 1013904223;
  z = z * 1664525 + 1013904223;
  w = w * 1664525 + 1013904223;
  x += y * w; y += z * x; z += x * y; w += y * z;
  x ^= x >> 16; y ^= y >> 16; z ^= z >> 16; w ^= w >> 16;
  x += y * w; y += z * x; z += x * y; w += y * z;
  let bits = i32x4.splat(x);
  bits = i32x4.replace_lane(bits, 1, y);
  bits = i32x4.replace_lane(bits, 2, z);
  return i32x4.replace_lane(bits, 3, w);
}

/** Uniform in [0, 1) with 24 bits, from each lane's bits. */
@inline
export function unit(bits: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), splat(1.0 / 16777216.0));
}

/**
 * The factors of four consecutive elements, the first at a multiple of four: 0 with probability p, otherwise 1 / (1 - p).
 * @param quad element / 4.
 */
export function keepQuad(seed: u32, number: u32, site: u32, quad: u32, p: f32): v128 {
  const draws = unit(pcg4d(seed, number, site, quad));
  return v128.andnot(splat(<f32>1 / (<f32>1 - p)), f32x4.lt(draws, splat(p)));
}

/** The factor of one element. */
export function keep(seed: u32, number: u32, site: u32, element: u32, p: f32): f32 {
  const quad = keepQuad(seed, number, site, element >> 2, p);
  const lane = element & 3;
  if (lane == 0) return f32x4.extract_lane(quad, 0);
  if (lane == 1) return f32x4.extract_lane(quad, 1);
  return lane == 2 ? f32x4.extract_lane(quad, 2) : f32x4.extract_lane(quad, 3);
}

/** The factors of `count` (1 to 4) consecutive elements from any index. */
export function keepSome(seed: u32, number: u32, site: u32, element: u32, count: i32, p: f32): v128 {
  if ((element & 3) == 0) return keepQuad(seed, number, site, element >> 2, p);
  let factors = splat(keep(seed, number, site, element, p));
  if (count > 1) factors = f32x4.replace_lane(factors, 1, keep(seed, number, site, element + 1, p));
  if (count > 2) factors = f32x4.replace_lane(factors, 2, keep(seed, number, site, element + 2, p));
  if (count > 3) factors = f32x4.replace_lane(factors, 3, keep(seed, number, site, element + 3, p));
  return factors;
}
