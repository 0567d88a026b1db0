import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageFormat, imageSize, isImageName, jpegFrame, requireSoundImage, unreadablePicture } from './image-files.js';

const folder = new URL('../fixtures/pictures/', import.meta.url);
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const FORMATS: Record<string, string> = { jpg: 'jpeg', png: 'png', gif: 'gif', webp: 'webp', bmp: 'bmp', avif: 'avif' };

test.each(readdirSync(folder))('%s: its format, size and completeness are found from its bytes', (name) => {
  const bytes = read(name);
  const extension = name.split('.').pop() ?? '';
  expect(imageFormat(bytes.subarray(0, 32))).toBe(FORMATS[extension]);
  // All are drawn 48 x 36; orientation is not applied here.
  const size = imageSize(bytes);
  if (extension === 'avif' || extension === 'webp') expect(size === null || size.width === 48).toBe(true);
  else expect(size).toMatchObject({ width: 48, height: 36 });
  expect(() => requireSoundImage(bytes, name)).not.toThrow();
  if (extension !== 'avif') {
    expect(() => requireSoundImage(bytes.slice(0, bytes.length - 20), name)).toThrow(`${name}: breaks off`);
    // Bytes that a camera appends are ignored.
    expect(() => requireSoundImage(Uint8Array.from([...bytes, ...new Uint8Array(2 * bytes.length)]), name)).not.toThrow();
  }
});

test('a complete thumbnail does not make a truncated JPEG complete', () => {
  const [start, end] = [
    [0xff, 0xd8],
    [0xff, 0xd9],
  ];
  const thumbnail = [...start, 0xff, 0xda, 0, 3, 1, 7, 7, ...end];
  const segment = [0xff, 0xe1, 0, 2 + thumbnail.length, ...thumbnail];
  const scan = [0xff, 0xda, 0, 3, 1, 9, 0xff, 0, 9, 0xff, 0xd0, 9];
  const picture = [...start, ...segment, ...scan];
  expect(() => requireSoundImage(Uint8Array.from(picture), 'x.jpg')).toThrow('breaks off');
  expect(() => requireSoundImage(Uint8Array.from([...picture, ...end]), 'x.jpg')).not.toThrow();
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
  ['a HEIC picture', '....ftypheic........'],
])('%s is no picture', (_, text) => {
  expect(imageFormat(new TextEncoder().encode(text))).toBeNull();
});

test.each([
  [
    'cat.heic',
    '\0\0\0\x18ftypheic',
    /^is a HEIC picture, .*convert it to JPEG \(on a Mac: .*; in Windows: .*\), .*iPhone.*: Settings, Camera, Formats, Most Compatible$/,
  ],
  ['cat.jpg', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic', /HEIC/],
  ['cat.ppm', 'P6\n4 4\n255\n', /Netpbm picture \(PPM/],
  ['scan', `${'\0'.repeat(128)}DICM`, /DICOM/],
  ['cat.jpg', 'version https://git-lfs.github.com/spec/v1\noid', /Git LFS pointer.*git lfs pull/],
  ['cat.jpg', '\n<!DOCTYPE html><title>Sign in</title>', /web page \(HTML\)/],
  ['cat.png', '', /^is empty$/],
  ['cat.png', '\0\0\0\0\0\0\0\0\0', /zeros only/],
  ['cat.png', '\x01\x02\x03\x04', /begins with bytes 01 02 03 04$/],
])('%s beginning with %j cannot be read: %s', (name, head, why) => {
  expect(unreadablePicture(new TextEncoder().encode(head), name)).toMatch(why);
});

test.each([
  ['readme.html', '<!DOCTYPE html>'],
  ['notes.txt', 'P1 was the first of the probes'],
  ['labels.mat', 'MATLAB 5.0 MAT-file'],
  ['a.7z', '7z\u00bc'],
])('%s is not meant as a picture', (name, head) => {
  expect(
    unreadablePicture(
      Uint8Array.from(head, (letter) => letter.charCodeAt(0)),
      name,
    ),
  ).toBeNull();
});
