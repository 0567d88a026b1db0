import { expect, it } from 'vitest';
import type { RawExample } from '../readers/types.js';
import { typicalSide } from './typical-side.js';
import { encodePng } from './png.js';

const drawn = (width: number, height: number): RawExample => ({
  name: `${width}`,
  label: 0,
  part: null,
  content: { kind: 'pixels', read: async () => ({ width, height, data: new Uint8ClampedArray(width * height * 4) }) },
});

it('is the median of the shorter sides, read from headers alone where pictures are files', async () => {
  const bytes = await encodePng({ width: 40, height: 24, data: new Uint8ClampedArray(40 * 24 * 4) });
  const file: RawExample = {
    name: 'a.png',
    label: 0,
    part: null,
    content: {
      kind: 'file',
      source: { name: 'a.png', size: bytes.length, read: async (at, length) => bytes.slice(at, at + length) },
    },
  };
  expect(await typicalSide([drawn(10, 90), file, drawn(70, 60)])).toBe(24);
});

it('is null where no picture states its size', async () => {
  const broken: RawExample = {
    name: 'b',
    label: 0,
    part: null,
    content: { kind: 'bytes', read: () => Promise.reject(new Error('gone')) },
  };
  expect(await typicalSide([broken])).toBeNull();
  expect(await typicalSide([])).toBeNull();
});
