import { expect, it } from 'vitest';
import { crc32 } from './crc32.js';

it('agrees with the published check value and goes on from a part', () => {
  const bytes = new TextEncoder().encode('123456789');
  expect(crc32(bytes)).toBe(0xcbf43926);
  for (let cut = 0; cut <= bytes.length; cut++)
    expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(0xcbf43926);
  // zlib.crc32(bytes(range(256)) * 3) of Python.
  expect(crc32(Uint8Array.from({ length: 768 }, (_, i) => i & 255))).toBe(0xb0c0df2a);
});
