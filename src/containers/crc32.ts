/** Eight tables of the reflected CRC-32 (polynomial 0xEDB88320, as zip uses it), so that eight bytes go in at a time. */
const TABLES = (() => {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    tables[byte] = value;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256] ?? 0;
    tables[i] = (previous >>> 8) ^ (tables[previous & 0xff] ?? 0);
  }
  return tables;
})();

/** CRC-32 of `bytes`. To go on from earlier bytes, give their CRC as `crc`. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let value = ~crc >>> 0;
  let i = 0;
  const whole = bytes.length - (bytes.length % 8);
  const t = (table: number, byte: number): number => TABLES[table * 256 + (byte & 0xff)] ?? 0;
  const b = (index: number): number => bytes[index] ?? 0;
  for (; i < whole; i += 8) {
    const low = value ^ (b(i) | (b(i + 1) << 8) | (b(i + 2) << 16) | (b(i + 3) << 24));
    value =
      t(7, low) ^
      t(6, low >>> 8) ^
      t(5, low >>> 16) ^
      t(4, low >>> 24) ^
      t(3, b(i + 4)) ^
      t(2, b(i + 5)) ^
      t(1, b(i + 6)) ^
      t(0, b(i + 7));
  }
  for (; i < bytes.length; i++) value = t(0, value ^ b(i)) ^ (value >>> 8);
  return ~value >>> 0;
}
