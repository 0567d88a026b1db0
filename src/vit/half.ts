const bits = new DataView(new ArrayBuffer(4));

/** A float32 as IEEE 754 binary16, rounded to nearest, ties to even. Values that are too large become infinite, as in numpy. */
export function toHalf(value: number): number {
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // From 65520 on, half way above the largest, rounding goes to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  // Below 2^-14 the halves are the multiples of 2^-24. Adding 2^-1 rounds a float32 to them, since the last place of the sum is 2^-24.
  if (magnitude < 0x3880_0000) {
    bits.setUint32(0, magnitude);
    bits.setFloat32(0, bits.getFloat32(0) + 0.5);
    return sign | (bits.getUint32(0) - 0x3f00_0000);
  }
  // Moves the exponent's bias from 127 to 15 and rounds 13 of the fraction's 23 bits away. A carry from the fraction rightly goes into the
  // exponent.
  return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** Float16's largest. */
export const MOST_HALF = 65_504;

/** The nearest float16, ties to even, of each number, as float32. What is too large becomes infinite. */
export function roundToHalves(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const rounded = new Float32Array(values.length);
  const words = new Uint32Array(rounded.buffer);
  rounded.set(values);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? 0;
    const magnitude = word & 0x7fff_ffff;
    if (magnitude >= 0x3880_0000 && magnitude < 0x477f_f000) words[i] = (word + 0xfff + ((word >>> 13) & 1)) & 0xffff_e000;
    else if (magnitude < 0x3880_0000) {
      const value = Math.abs(rounded[i] ?? 0);
      rounded[i] = (Math.fround(value + 0.5) - 0.5) * (word >>> 31 === 1 ? -1 : 1);
    } else if (magnitude <= 0x7f80_0000) rounded[i] = word >>> 31 === 1 ? -Infinity : Infinity;
  }
  return rounded;
}

/** Float16s, two in a word, the earlier in its lower half; after an odd number of them there is a zero. */
export function packHalves(values: Float32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const packed = new Uint32Array(Math.ceil(values.length / 2));
  const halves = new Uint16Array(packed.buffer);
  for (let i = 0; i < values.length; i++) halves[i] = toHalf(values[i] ?? 0);
  return packed;
}
