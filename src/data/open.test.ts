import { describe, expect, test } from 'vitest';
import { byteSourcesFromPath } from '../headless/inputs/folders.js';
import { sharpDecoder } from '../headless/machine/images.js';
import { sources, solidPng, solidPngs } from '../testing/datasets.js';
import { PlaygroundError } from '../vit/errors.js';
import { PixelCache } from './batches.js';
import { validateImages } from './dataset.js';
import { openDataset, type OpenOptions } from './open.js';
import type { ByteSource, Dataset, OpenedDataset } from './types.js';

const open = (files: readonly ByteSource[], options: Partial<OpenOptions> = {}): Promise<OpenedDataset> =>
  openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0, ...options });

const names = (dataset: Dataset, part: 'train' | 'validation' | 'test'): string[] =>
  dataset.parts[part].map((index) => dataset.nameOf(index));

const labels = (dataset: Dataset): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: dataset.length }, (_, i) => [dataset.nameOf(i), dataset.classes[dataset.label(i)] ?? '?']),
  );

describe('a folder for each class', () => {
  test('classes are in natural order, deeper folders belong to their class, litter is ignored silently', async () => {
    const paths = ['top/10/a.png', 'top/2/b.png', 'top/2/deep/c.png', 'top/9/d.png'];
    const { dataset, skipped } = await open([
      ...sources(await solidPngs(paths)),
      ...sources({
        'top/LICENSE': 'text',
        'top/.DS_Store': 'x',
        '__MACOSX/top/10/._a.png': 'x',
        'top/README.md': '#',
        'top/2/Thumbs.db': 'x',
      }),
    ]);
    expect(dataset.form).toBe('a folder for each class');
    expect(dataset.classes).toEqual(['2', '9', '10']);
    expect(labels(dataset)).toEqual({ 'top/10/a.png': '10', 'top/2/b.png': '2', 'top/2/deep/c.png': '2', 'top/9/d.png': '9' });
    expect(skipped).toEqual([]);
  });

  test('the split depends on the seed alone', async () => {
    const files = sources(await solidPngs(Array.from({ length: 40 }, (_, i) => `${i % 2 ? 'odd' : 'even'}/${i}.png`)));
    const first = await open(files);
    expect((await open([...files].reverse())).dataset.parts).toEqual(first.dataset.parts);
    expect((await open(files, { splitSeed: 1 })).dataset.parts).not.toEqual(first.dataset.parts);
  });

  test('train, val and test above the classes are the parts', async () => {
    const paths = ['d/train/x/1.png', 'd/train/y/2.png', 'd/valid/x/3.png', 'd/valid/y/4.png', 'd/testing/x/5.png'];
    const { dataset } = await open(sources(await solidPngs(paths)));
    expect(dataset.classes).toEqual(['x', 'y']);
    expect(names(dataset, 'train')).toEqual(['d/train/x/1.png', 'd/train/y/2.png']);
    expect(names(dataset, 'validation')).toEqual(['d/valid/x/3.png', 'd/valid/y/4.png']);
    expect(names(dataset, 'test')).toEqual(['d/testing/x/5.png']);
    expect(dataset.split).toBe('Parts: folders train, valid, testing.');
  });

  test('with train and test alone, validation is drawn from train', async () => {
    const paths = Array.from({ length: 10 }, (_, i) => [`train/x/${i}.png`, `train/y/${i}.png`, `test/x/${i}.png`]).flat();
    const { dataset } = await open(sources(await solidPngs(paths)));
    expect(dataset.parts.test.length).toBe(10);
    expect(dataset.parts.train.length + dataset.parts.validation.length).toBe(20);
    expect(dataset.parts.validation.length).toBeGreaterThan(0);
    expect(names(dataset, 'test').every((name) => name.startsWith('test/'))).toBe(true);
    expect(dataset.split).toMatch(/^Parts: folders train, test; the training part was split 82 \/ 18 % to train and validate/);
  });

  test('pixels() is picture() resized', async () => {
    const { dataset } = await open(sources({ 'a/1.png': await solidPng(10, 20, 30), 'b/1.png': await solidPng(40, 50, 60) }));
    expect(await dataset.picture(0)).toMatchObject({ width: 5, height: 4 });
    expect([...(await dataset.pixels(1, 3))]).toEqual(Array.from({ length: 9 }, () => [40, 50, 60, 255]).flat());
    expect(await dataset.encoded(0)).toEqual({ bytes: await solidPng(10, 20, 30), extension: 'png' });
    await expect(dataset.picture(2)).rejects.toThrow('set: no picture 2 among 2');
  });
});

describe('broken and unknown files', () => {
  test('a picture that is broken in its first bytes is skipped by name when the data set is opened', async () => {
    const { dataset, skipped } = await open([
      ...sources(await solidPngs(['a/1.png', 'b/2.png'])),
      ...sources({ 'a/3.jpg': '<!DOCTYPE html>', 'b/4.png': '', 'b/5.jpg': new Uint8Array([1, 2, 3, 4]), 'b/film.mp4': 'xx' }),
      ...sources(await solidPngs(['outside.png'])),
    ]);
    expect(dataset.length).toBe(2);
    expect(Object.fromEntries(skipped.map(({ name, reason }) => [name, reason]))).toEqual({
      'a/3.jpg': 'is a web page (HTML) that was saved under this name, which is not read here; download the file itself again',
      'b/4.png': 'is empty',
      'b/5.jpg': 'is no picture that can be read: it begins with bytes 01 02 03 04',
      'b/film.mp4': 'is no picture',
      'outside.png': 'lies in no class folder',
    });
  });

  test('a picture that breaks off later rejects with its name, and validateImages finds all of them', async () => {
    const whole = await solidPng(1, 2, 3);
    const corrupt = whole.slice();
    corrupt.fill(0xaa, 45, 55);
    const { dataset, skipped } = await open([
      ...sources(await solidPngs(['a/1.png', 'b/2.png'])),
      ...sources({ 'a/cut.png': whole.slice(0, whole.length - 14), 'b/corrupt.png': corrupt }),
    ]);
    expect(skipped).toEqual([]);
    await expect(dataset.pixels(1, 8)).rejects.toMatchObject({
      code: 'data.image',
      subject: 'a/cut.png',
      message: 'a/cut.png: breaks off: this PNG file has no end mark',
    });
    const seen: number[] = [];
    const broken = await validateImages(dataset, (done) => seen.push(done));
    expect(broken.map(({ name }) => name)).toEqual(['a/cut.png', 'b/corrupt.png']);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test('no picture is to blame where the program lacks what decodes pictures', async () => {
    const lacking = { decode: () => Promise.reject(new PlaygroundError('usage', 'sharp is not installed')) };
    const { dataset } = await openDataset(sources(await solidPngs(['a/1.png', 'b/2.png'])), lacking, {
      name: 'set',
      splitSeed: 0,
    });
    const pictures = new PixelCache(dataset, 8);
    await expect(pictures.prepare([0, 1])).rejects.toMatchObject({ code: 'usage', message: 'sharp is not installed' });
    expect(pictures.broken).toEqual([]);
    await expect(validateImages(dataset)).rejects.toMatchObject({ code: 'usage' });
  });

  test('a picture with too many pixels is refused before it is decoded', async () => {
    const huge = await solidPng(1, 2, 3);
    new DataView(huge.buffer).setUint32(16, 60_000);
    new DataView(huge.buffer).setUint32(20, 60_000);
    const { dataset } = await open(sources({ 'a/1.png': huge, 'b/2.png': await solidPng(1, 1, 1) }));
    await expect(dataset.pixels(0, 8)).rejects.toThrow(
      'a/1.png: has 60000 x 60000 pixels, and at most 150 megapixels are decoded',
    );
  });

  test.each([
    ['nothing at all', {}, 'data.empty', /^set: holds no pictures that can be learnt from$/],
    ['no pictures', { 'a/x.jpg': 'no' }, 'data.empty', /; left out: a\/x\.jpg \(is no picture/],
  ])('%s', async (_, files, code, message) => {
    await expect(open(sources(files))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('one class', async () => {
    await expect(open(sources(await solidPngs(['top/cat/1.png', 'top/cat/2.png', 'top/x.png'])))).rejects.toMatchObject({
      code: 'data.one-class',
      message: "set: all 2 pictures are of one class, 'cat'; learning to tell classes apart needs two",
    });
    await expect(open(sources(await solidPngs(['1.png', '2.png'])))).rejects.toMatchObject({
      code: 'data.one-class',
      message: expect.stringContaining('lie in one folder and no list says their classes'),
    });
  });

  test('a folder that does not exist', async () => {
    await expect(byteSourcesFromPath('/nowhere/at/all')).rejects.toMatchObject({ code: 'file.unreadable' });
  });
});

describe('edits', () => {
  const paths = ['a/1.png', 'a/2.png', 'b/3.png', 'b/4.png', 'c/5.png', 'c/6.png', 'd/7.png', 'd/8.png'];

  test('rename, merge and drop; keys stay with the pictures', async () => {
    const opened = await open(sources(await solidPngs(paths)));
    const { dataset } = opened.edit({ classes: { a: 'first', c: 'first', b: null }, splitSeed: 0 });
    expect(dataset.classes).toEqual(['first', 'd']);
    expect(labels(dataset)).toEqual({
      'a/1.png': 'first',
      'a/2.png': 'first',
      'c/5.png': 'first',
      'c/6.png': 'first',
      'd/7.png': 'd',
      'd/8.png': 'd',
    });
    expect(Array.from({ length: 6 }, (_, i) => dataset.key(i))).toEqual([0, 1, 4, 5, 6, 7]);
    expect(dataset.fingerprint).toBe(opened.dataset.fingerprint);
    expect(await dataset.pixels(2, 4)).toEqual(await opened.dataset.pixels(4, 4));
    const again = await open(sources(await solidPngs(paths)), { edits: { a: 'first', c: 'first', b: null } });
    expect(again.dataset.parts).toEqual(dataset.parts);
  });

  test('dropping all classes but one, or naming an unknown class, is refused', async () => {
    const opened = await open(sources(await solidPngs(paths)));
    expect(() => opened.edit({ classes: { b: null, c: null, d: null }, splitSeed: 0 })).toThrow(/one class, 'a'/);
    expect(() => opened.edit({ classes: { z: 'y' }, splitSeed: 0 })).toThrow(
      "set: has no class 'z' to edit; its classes are a, b, c, d",
    );
  });
});

test('data sets that differ in a name, a label or the bytes have different fingerprints', async () => {
  const prints = await Promise.all(
    [
      { 'a/1.png': await solidPng(1, 1, 1), 'b/2.png': await solidPng(2, 2, 2) },
      { 'a/1.png': await solidPng(1, 1, 1), 'b/3.png': await solidPng(2, 2, 2) },
      { 'a/1.png': await solidPng(1, 1, 1), 'c/2.png': await solidPng(2, 2, 2) },
      { 'a/1.png': await solidPng(1, 1, 1), 'b/2.png': await solidPng(2, 2, 9) },
      { 'a/1.png': await solidPng(1, 1, 1), 'b/2.png': await solidPng(2, 2, 2) },
    ].map(async (files) => (await open(sources(files))).dataset.fingerprint),
  );
  expect(new Set(prints).size).toBe(4);
  expect(prints[4]).toBe(prints[0]);
});
