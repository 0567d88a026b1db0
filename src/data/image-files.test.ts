import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageFormat, imageSize, isImageName, jpegFrame, requireSoundImage } from './image-files.js';

const folder = new URL('fixtures/pictures/', import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const FORMATS: Record<string, string> = { jpg: 'jpeg', png: 'png', gif: 'gif', webp: 'webp', bmp: 'bmp', avif: 'avif' };

test.each(readdirSync(folder))('%s: format, size and wholeness by its bytes', (name) => {
  const bytes = read(name);
  const extension = name.split('.').pop() ?? '';
  expect(imageFormat(bytes.subarray(0, 32))).toBe(FORMATS[extension]);
  // All are drawn 48 x 36; orientation is not applied here.
  const size = imageSize(bytes);
  if (extension === 'avif' || extension === 'webp') expect(size === null || size.width === 48).toBe(true);
  else expect(size).toMatchObject({ width: 48, height: 36 });
  expect(() => requireSoundImage(bytes, name)).not.toThrow();
  if (extension === 'jpg' || extension === 'png') {
    expect(() => requireSoundImage(bytes.slice(0, bytes.length - 20), name)).toThrow(`${name}: breaks off`);
    // What a camera appends does no harm.
    expect(() => requireSoundImage(Uint8Array.from([...bytes, 1, 2, 3, 4]), name)).not.toThrow();
  }
});

test('the number of components tells CMYK', () => {
  expect(jpegFrame(read('cmyk.jpg'))?.components).toBe(4);
  expect(jpegFrame(read('plain.jpg'))?.components).toBe(3);
  expect(jpegFrame(read('grey.jpg'))?.components).toBe(1);
});

test.each([
  ['cat.JPG', true],
  ['cat.jpeg', true],
  ['a/b.tiff', true],
  ['cat', false],
  ['jpg', false],
  ['cat.jpg.txt', false],
])('%s has a name of a picture: %s', (name, expected) => expect(isImageName(name)).toBe(expected));

test.each([
  ['nothing', ''],
  ['one byte', 'B'],
  ['words', 'BMW is no bitmap, however long the text'],
  ['RIFF but a sound', 'RIFF....WAVEfmt '],
  ['a film', '....ftypisom........'],
])('%s is no picture', (_, text) => {
  expect(imageFormat(new TextEncoder().encode(text))).toBeNull();
});
