import { describe, expect, test } from 'vitest';
import { sharpDecoder } from '../../headless/machine/images.js';
import type { DataFingerprint } from '../../protocol/runs/run.js';
import { solidPng, solidPngs, sources } from '../../testing/datasets.js';
import { PixelCache } from '../batches.js';
import { fingerprintOfParts } from './fingerprint.js';
import { openDataset } from '../open.js';
import type { ByteSource, OpenedDataset } from '../types.js';

const open = (files: readonly ByteSource[]): Promise<OpenedDataset> =>
  openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0 });

describe('the fingerprint of content', () => {
  const files = async (): Promise<Record<string, Uint8Array<ArrayBuffer>>> =>
    solidPngs(['train/a/1.png', 'train/a/2.png', 'train/b/3.png', 'train/b/4.png', 'val/a/5.png', 'val/b/6.png']);
  const print = async (given: Readonly<Record<string, Uint8Array>>): Promise<DataFingerprint> => {
    const pictures = new PixelCache((await open(sources(given))).dataset, 4);
    await pictures.prepare(Array.from({ length: pictures.dataset.length }, (_, index) => index));
    return fingerprintOfParts(pictures);
  };
  const renamed = async (paths: Readonly<Record<string, string>>): Promise<Record<string, Uint8Array>> =>
    Object.fromEntries(Object.entries(await files()).map(([path, bytes]) => [paths[path] ?? path, bytes]));

  test('does not depend on file names', async () => {
    const plain = await print(await files());
    expect(plain).toMatchObject({ train: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(await print(await renamed({ 'train/a/1.png': 'train/a/0.png' }))).toEqual(plain);
  });

  test('changes in exactly those parts in which a picture, its class or the order changed', async () => {
    const plain = await print(await files());
    const changed = { ...(await files()), 'val/a/5.png': await solidPng(1, 2, 3) };
    expect(await print(changed)).toEqual({ ...plain, validation: expect.not.stringContaining(plain.validation) });
    const swapped = await renamed({ 'train/a/1.png': 'train/b/3.png', 'train/b/3.png': 'train/a/1.png' });
    expect(await print(swapped)).toEqual({ ...plain, train: expect.not.stringContaining(plain.train) });
    const turned = await renamed({ 'train/a/1.png': 'train/a/2.png', 'train/a/2.png': 'train/a/1.png' });
    expect(await print(turned)).toEqual({ ...plain, train: expect.not.stringContaining(plain.train) });
    const moved = await print(await renamed({ 'val/a/5.png': 'train/a/5.png' }));
    expect([moved.train === plain.train, moved.validation === plain.validation]).toEqual([false, false]);
  });

  test('reads no file twice: decoding a picture also computes its digest', async () => {
    const reads: string[] = [];
    const watched = sources(await files()).map((source) => ({
      ...source,
      read: (offset: number, length: number) => {
        if (length === source.size) reads.push(source.name);
        return source.read(offset, length);
      },
    }));
    const opened = await open(watched);
    const pictures = new PixelCache(opened.dataset, 4);
    await pictures.prepare([0, 1, 2, 3, 4, 5]);
    const whole = reads.length;
    await fingerprintOfParts(pictures);
    const others = new PixelCache(opened.edit({ classes: { a: 'x' }, splitSeed: 0 }).dataset, 4);
    expect((await fingerprintOfParts(others)).train).not.toBe((await fingerprintOfParts(pictures)).train);
    expect(reads).toHaveLength(whole);
  });
});
