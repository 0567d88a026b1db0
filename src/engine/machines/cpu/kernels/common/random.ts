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

@inline
function mixed(a: v128, b: v128, c: v128): v128 { return i32x4.add(a, i32x4.mul(b, c)); }
@inline
function folded(a: v128): v128 { return v128.xor(a, i32x4.shr_u(a, 16)); }
@inline
function begun(a: v128): v128 { return i32x4.add(i32x4.mul(a, i32x4.splat(1664525)), i32x4.splat(1013904223)); }

/**
 * to[i] = from[i] times the factor of element 4 quad + i, i < 16: {@link keepQuad} of four quads, a lane each, since one alone waits for
 * its own products.
 */
export function keepSixteen(from: usize, to: usize, seed: u32, number: u32, site: u32, quad: u32, p: f32): void {
  let x = begun(i32x4.splat(seed)), y = begun(i32x4.splat(number)), z = begun(i32x4.splat(site));
  let w = begun(i32x4.add(i32x4.splat(quad), i32x4(0, 1, 2, 3)));
  x = mixed(x, y, w); y = mixed(y, z, x); z = mixed(z, x, y); w = mixed(w, y, z);
  x = folded(x); y = folded(y); z = folded(z); w = folded(w);
  x = mixed(x, y, w); y = mixed(y, z, x); z = mixed(z, x, y); w = mixed(w, y, z);
  const factor = splat(<f32>1 / (<f32>1 - p)), least = splat(p);
  x = v128.andnot(factor, f32x4.lt(unit(x), least));
  y = v128.andnot(factor, f32x4.lt(unit(y), least));
  z = v128.andnot(factor, f32x4.lt(unit(z), least));
  w = v128.andnot(factor, f32x4.lt(unit(w), least));
  // A quad's four draws lie in one lane of the four vectors.
  const xy = i32x4.shuffle(x, y, 0, 4, 1, 5), zw = i32x4.shuffle(z, w, 0, 4, 1, 5);
  const xyHigh = i32x4.shuffle(x, y, 2, 6, 3, 7), zwHigh = i32x4.shuffle(z, w, 2, 6, 3, 7);
  v128.store(to, f32x4.mul(v128.load(from), i64x2.shuffle(xy, zw, 0, 2)));
  v128.store(to, f32x4.mul(v128.load(from, 16), i64x2.shuffle(xy, zw, 1, 3)), 16);
  v128.store(to, f32x4.mul(v128.load(from, 32), i64x2.shuffle(xyHigh, zwHigh, 0, 2)), 32);
  v128.store(to, f32x4.mul(v128.load(from, 48), i64x2.shuffle(xyHigh, zwHigh, 1, 3)), 48);
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
