const bits = new DataView(new ArrayBuffer(4));

/** A float32 as IEEE 754 binary16, rounded to nearest, ties to even; what is too large becomes infinite, as numpy has it. */
export function toHalf(value: number): number {
  bits.setFloat32(0, value);
  const word = bits.getUint32(0);
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // From 65520 on, half way above the largest, rounding goes to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  // Below 2^-14 the halves are the multiples of 2^-24, which the sum with 2^-1 rounds a float32 to: its last place is 2^-24.
  if (magnitude < 0x3880_0000) {
    bits.setUint32(0, magnitude);
    bits.setFloat32(0, bits.getFloat32(0) + 0.5);
    return sign | (bits.getUint32(0) - 0x3f00_0000);
  }
  // Exponent from bias 127 to 15, and 13 of the 23 places of the fraction rounded away; a carry runs into the exponent as it should.
  return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}
