import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { sharpDecoder } from '../../headless/machine/images.js';
import { solidPng, solidPngs, sources } from '../../testing/datasets.js';
import { PixelCache } from '../batches.js';
import { fingerprintOfParts } from '../identity/fingerprint.js';
import { keepDataset, openKept } from './kept.js';
import { openDataset } from '../open.js';
import { PackedStore, type RandomAccessFile } from './packed-store.js';
import { WHOLE_PICTURE, type Framing } from '../../vit/framing.js';

/** A file in memory that behaves as a synchronous access handle does. */
class MemoryFile implements RandomAccessFile {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Bytes that still fit. */
  room = Infinity;

  getSize = (): number => this.bytes.length;
  flush = (): void => undefined;
  close = (): void => undefined;

  truncate(size: number): void {
    this.bytes = this.bytes.slice(0, size);
  }

  read(buffer: Uint8Array<ArrayBuffer>, { at }: { at: number }): number {
    const part = this.bytes.subarray(at, at + buffer.length);
    buffer.set(part);
    return part.length;
  }

  write(buffer: Uint8Array<ArrayBuffer>, { at }: { at: number }): number {
    const fitting = buffer.subarray(0, this.room);
    this.room -= fitting.length;
    if (at + fitting.length > this.bytes.length) {
      const grown = new Uint8Array(at + fitting.length);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(fitting, at);
    return fitting.length;
  }
}

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);

describe('the packed store', () => {
  test('returns what was put, also after it was opened again', async () => {
    const files = [new MemoryFile(), new MemoryFile()] as const;
    const store = new PackedStore(...files);
    await store.put('a', bytes(1, 2, 3));
    await store.put('64/7', bytes());
    await store.put('b', bytes(4));
    await store.put('a', bytes(5, 6));
    for (const each of [store, new PackedStore(...files)]) {
      expect(await each.get('a')).toEqual(bytes(5, 6));
      expect(await each.get('64/7')).toEqual(bytes());
      expect(await each.get('b')).toEqual(bytes(4));
      expect(await each.get('c')).toBeUndefined();
      expect(each.size).toBe(6);
    }
  });

  test('an interrupted write loses only the piece that was written', async () => {
    const files = [new MemoryFile(), new MemoryFile()] as const;
    const store = new PackedStore(...files);
    await store.put('a', bytes(1, 2, 3));
    await store.put('b', bytes(4, 5));
    files[1].truncate(files[1].getSize() - 2);
    const again = new PackedStore(...files);
    expect(await again.get('a')).toEqual(bytes(1, 2, 3));
    expect(await again.get('b')).toBeUndefined();
    await again.put('c', bytes(9));
    const third = new PackedStore(...files);
    expect(await third.get('c')).toEqual(bytes(9));
    files[0].truncate(2);
    expect(await new PackedStore(...files).get('a')).toBeUndefined();
  });

  test('a full disk is an error', async () => {
    const files = [new MemoryFile(), new MemoryFile()] as const;
    files[0].room = 4;
    const store = new PackedStore(...files);
    await store.put('a', bytes(1, 2, 3));
    await expect(store.put('b', bytes(1, 2, 3))).rejects.toThrow('the storage is full');
    expect(await store.get('b')).toBeUndefined();
    expect(await store.get('a')).toEqual(bytes(1, 2, 3));
  });
});

test('a data set whose labels come from a list is kept and opened again', async () => {
  const files = sources({
    ...(await solidPngs(['images/1.png', 'images/2.png', 'images/3.png', 'images/4.png'])),
    'labels.csv': new TextEncoder().encode('path,label\nimages/1.png,a\nimages/2.png,a\nimages/3.png,b\nimages/4.png,b\n'),
  });
  const edits = { classes: {}, splitSeed: 0 };
  const opened = await openDataset(files, sharpDecoder, { name: 'listed', splitSeed: 0 });
  const handles = [new MemoryFile(), new MemoryFile()] as const;
  await keepDataset(opened, { side: 4, framing: WHOLE_PICTURE }, new PackedStore(...handles), edits);
  const kept = await openKept(new PackedStore(...handles));
  expect(kept?.dataset.classes).toEqual(opened.dataset.classes);
  expect(kept?.dataset.parts).toEqual(opened.dataset.parts);
});

test('a kept data set opens without its files with the same parts, classes, pixels, edits and broken pictures', async () => {
  const whole = await solidPng(9, 9, 9);
  const files = sources({
    ...(await solidPngs(['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png', 'c/1.png', 'c/2.png'])),
    'b/0.png': whole.slice(0, whole.length - 14),
  });
  const edits = { classes: { c: null, b: 'bee' }, splitSeed: 4 };
  const opened = await openDataset(files, sharpDecoder, { name: 'set', splitSeed: 4, edits: edits.classes });
  const handles = [new MemoryFile(), new MemoryFile()] as const;
  expect(await openKept(new PackedStore(...handles))).toBeNull();
  await keepDataset(opened, { side: 4, framing: WHOLE_PICTURE }, new PackedStore(...handles), edits);

  const kept = await openKept(new PackedStore(...handles));
  if (!kept) throw new Error('nothing was kept');
  const { dataset } = kept;
  expect(dataset.classes).toEqual(['a', 'bee']);
  expect(dataset.fingerprint).toBe(opened.dataset.fingerprint);
  expect(dataset.parts).toEqual(opened.dataset.parts);
  expect(kept.skipped).toEqual([{ name: 'b/0.png', reason: 'b/0.png: breaks off: this PNG file has no end mark' }]);
  for (let index = 0; index < dataset.length; index++) {
    expect([dataset.nameOf(index), dataset.key(index)]).toEqual([opened.dataset.nameOf(index), opened.dataset.key(index)]);
    if (dataset.nameOf(index) === 'b/0.png') await expect(dataset.pixels(index, 4)).rejects.toMatchObject({ code: 'data.image' });
    else expect(await dataset.pixels(index, 4)).toEqual(await opened.dataset.pixels(index, 4));
  }
  const unread = new PixelCache(dataset, 4, { store: new PackedStore(...handles) });
  const given = new PixelCache(opened.dataset, 4);
  await given.prepare(Array.from({ length: dataset.length }, (_, index) => index));
  await unread.prepare(Array.from({ length: dataset.length }, (_, index) => index));
  // The fingerprint is that of the files, although only pixels were kept.
  expect(await fingerprintOfParts(unread)).toEqual(await fingerprintOfParts(given));
  // Undoing the edit restores the dropped class with its pictures.
  const undone = kept.edit({ classes: {}, splitSeed: 4 }).dataset;
  expect(undone.classes).toEqual(['a', 'b', 'c']);
  expect((await undone.pixels(undone.length - 1, 4)).slice(0, 3)).toEqual(bytes(200, 100, 5));
  // A new cache on the same store needs no files either.
  const cache = new PixelCache(undone, 4, { store: new PackedStore(...handles), memoryBytes: 0 });
  expect((await cache.get(0)).slice(0, 3)).toEqual(bytes(200, 100, 0));
});

test('kept pictures of other files with the same names are not used', async () => {
  const names = ['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png'];
  const other = await solidPngs([...names, 'b/3.png']);
  const edits = { classes: {}, splitSeed: 0 };
  const store = new PackedStore(new MemoryFile(), new MemoryFile());
  const open = (files: Record<string, Uint8Array>) =>
    openDataset(sources(files), sharpDecoder, { name: 'same name', splitSeed: 0 });
  const decoded: number[] = [];
  const keep = async (files: Record<string, Uint8Array>): Promise<void> =>
    keepDataset(await open(files), { side: 4, framing: WHOLE_PICTURE }, store, edits, {
      onCompared: (done) => decoded.push(done),
    });
  const { 'b/3.png': third = bytes(), ...first } = other;
  await keep(first);
  expect(decoded).toEqual([]);
  await keep(first);
  expect(decoded).toEqual([1, 2, 3, 4]);
  // The same names, but one picture is another.
  const changed = { ...first, 'b/1.png': third };
  await keep(changed);
  const kept = await openKept(store);
  const { dataset } = await open(changed);
  for (let index = 0; index < dataset.length; index++) {
    expect(await kept?.dataset.pixels(index, 4)).toEqual(await dataset.pixels(index, 4));
    expect(await kept?.dataset.digest(index)).toBe(await dataset.digest(index));
  }
});

test('squares of one framing are not used for another, unless the store has both', async () => {
  const picture = new Uint8Array(8 * 4 * 3).map((_, i) => (i * 37) % 256);
  const wide = new Uint8Array(
    await sharp(picture, { raw: { width: 8, height: 4, channels: 3 } })
      .png()
      .toBuffer(),
  );
  const opened = await openDataset(sources({ ...(await solidPngs(['a/1.png'])), 'b/1.png': wide }), sharpDecoder, {
    name: 'wide',
    splitSeed: 0,
  });
  const cut: Framing = { side: null, fit: 'shortest-edge', share: 0.8, resampling: 'bilinear' };
  const store = new PackedStore(new MemoryFile(), new MemoryFile());
  const edits = { classes: {}, splitSeed: 0 };
  await keepDataset(opened, { side: 4, framing: cut }, store, edits);
  const again = await openKept(store);
  if (!again) throw new Error('nothing was kept');
  const { dataset } = again;
  const index = [0, 1].find((each) => dataset.nameOf(each) === 'b/1.png') ?? NaN;
  const alone = (framing: Framing) => new PixelCache(dataset, 4, { framing });
  const given = (framing: Framing) => opened.dataset.pixels(index, 4, framing);
  expect(await alone(cut).get(index)).toEqual(await given(cut));
  // Without a framing, the kept squares are given, for showing the picture.
  expect(await dataset.pixels(index, 4)).toEqual(await given(cut));
  for (const refused of [alone(WHOLE_PICTURE).get(index), alone({ ...cut, resampling: 'bicubic' }).prepare([0, 1])]) {
    await expect(refused).rejects.toMatchObject({
      code: 'data.empty',
      message: expect.stringMatching(
        /^wide: .* resized to 5 on the shorter edge .* but this backbone needs .*; drop the data set again$/,
      ),
    });
  }
  // Keeping the files again for another backbone adds its squares.
  await keepDataset(opened, { side: 4, framing: WHOLE_PICTURE }, store, edits);
  const both = (await openKept(store))?.dataset ?? dataset;
  for (const framing of [cut, WHOLE_PICTURE]) {
    expect(await new PixelCache(both, 4, { framing, store }).get(index)).toEqual(await given(framing));
  }
  expect(await given(cut)).not.toEqual(await given(WHOLE_PICTURE));
});

test('pictures that are in two given parts are named, with and without the files', async () => {
  const files = await solidPngs(['train/a/1.png', 'train/b/1.png', 'test/a/1.png', 'test/b/1.png']);
  files['test/b/1.png'] = files['train/b/1.png'] ?? bytes();
  const opened = await openDataset(sources(files), sharpDecoder, { name: 'twice', splitSeed: 0 });
  const store = new PackedStore(new MemoryFile(), new MemoryFile());
  await keepDataset(opened, { side: 4, framing: WHOLE_PICTURE }, store, { classes: {}, splitSeed: 0 });
  expect((await openKept(store))?.notes.join('\n')).toMatch(
    /test\/b\/1\.png \(test\) is the same picture, byte for byte, as train\/b\/1\.png \((train|validation)\)/,
  );
});

test('a store with a damaged manifest keeps nothing', async () => {
  const store = new PackedStore(new MemoryFile(), new MemoryFile());
  await store.put('manifest', new TextEncoder().encode('{"version": 2}'));
  expect(await openKept(store)).toBeNull();
  await store.put('manifest', bytes(1, 2));
  expect(await openKept(store)).toBeNull();
});
