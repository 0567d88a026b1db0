import { expect, it } from 'vitest';
import { byteSourceFromBytes } from '../containers/sources.js';
import { solidPngs } from '../testing/datasets.js';
import { labelledByHand } from './by-hand.js';

it('gives every picture the class that a person chose, whatever its file name', async () => {
  const files = Object.entries(await solidPngs(['train/dog-1.png', 'test/dog-2.png', 'cat.png'])).map(([name, bytes]) =>
    byteSourceFromBytes(name, bytes),
  );
  const [first, second, third] = files;
  if (!first || !second || !third) throw new Error('three pictures were drawn');
  const heic = byteSourceFromBytes('photo.heic', new TextEncoder().encode('\0\0\0\x18ftypheic\0\0\0\0'));
  const raw = await labelledByHand([
    { name: 'train', files: [first, third, heic] },
    { name: 'a/b', files: [second, byteSourceFromBytes('notes.txt', new TextEncoder().encode('no picture'))] },
  ]);
  expect(raw.classes).toEqual(['train', 'a/b']);
  expect(raw.examples.map(({ name, label, part }) => [name, label, part])).toEqual([
    ['train/dog-1.png', 0, null],
    ['cat.png', 0, null],
    ['test/dog-2.png', 1, null],
  ]);
  expect(raw.skipped.map(({ name }) => name)).toEqual(['photo.heic', 'notes.txt']);
  expect(raw.skipped[0]?.reason).toContain('convert it to JPEG');
  expect(raw.skipped[1]?.reason).toBe('is no picture that can be read: it begins with "no picture"');
});
