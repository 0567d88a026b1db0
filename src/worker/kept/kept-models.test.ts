import { beforeEach, describe, expect, it } from 'vitest';
import { byteSourceFromBytes } from '../../containers/sources.js';
import type { ByteSource } from '../../containers/bytes.js';
import { NO_ANSWERS } from '../../vit/configuration.js';
import { memoryFolder, type MemoryFolder } from '../../testing/memory-folder.js';
import { KeptModelStore } from './kept-models.js';

/** Larger than one slice, so that it is copied in several. */
const LARGE = 9 * 2 ** 20 + 5;

function file(name: string, size: number, seed: number): ByteSource {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) bytes[index] = (index * 31 + (index >> 13) + seed) % 251;
  return byteSourceFromBytes(name, bytes);
}

let folder: MemoryFolder;
let room: number | null;
let store: KeptModelStore;
const again = (): KeptModelStore =>
  new KeptModelStore({ folder: async () => folder, room: async () => room, exclusively: (work) => work() });
const ignore = (): void => undefined;

beforeEach(() => {
  folder = memoryFolder();
  room = null;
  store = again();
});

describe('a backbone that was given', () => {
  it('is found again by another visit, byte for byte, with what was said of it', async () => {
    const weights = file('vit.safetensors', LARGE, 1);
    const config = file('config.json', 100, 2);
    const told: [number, number][] = [];
    const answers = { ...NO_ANSWERS, heads: 6 };
    await store.keep('vit', [weights, config], answers, (done, total) => told.push([done, total]));
    expect(told.at(-1)).toEqual([LARGE + 100, LARGE + 100]);
    expect(told.length).toBeGreaterThan(3);
    const found = await again().find('vit');
    expect(found?.answers).toEqual(answers);
    expect(found?.sources.map(({ name }) => name)).toEqual(['config.json', 'vit.safetensors']);
    const copy = await found?.sources[1]?.read(0, LARGE);
    // Compared as bytes by the platform, since comparing so many elements one by one takes a minute.
    expect(copy && Buffer.compare(copy, await weights.read(0, LARGE))).toBe(0);
    expect(await again().list()).toEqual({ models: [{ name: 'vit', bytes: LARGE + 100, answers }], unfinishedBytes: 0 });
  });

  it('is known by its content, under whatever name, and told from one that differs in its last byte', async () => {
    await store.keep('vit', [file('a.npz', LARGE, 1)], NO_ANSWERS, ignore);
    expect(await store.nameOf([file('b.npz', LARGE, 1)])).toBe('vit');
    const bytes = await file('a.npz', LARGE, 1).read(0, LARGE);
    bytes[LARGE - 1] = (bytes[LARGE - 1] ?? 0) ^ 1;
    expect(await store.nameOf([byteSourceFromBytes('a.npz', bytes)])).toBeNull();
    expect(await store.nameOf([file('a.npz', LARGE - 1, 1)])).toBeNull();
  });

  it('lies there once', async () => {
    await store.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
    const before = folder.files.size;
    await store.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
    expect(folder.files.size).toBe(before);
  });

  it('remembers what a person said later', async () => {
    await store.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
    await store.answer('vit', { heads: 3, mean: [0, 0, 0], std: [1, 1, 1] });
    expect((await again().find('vit'))?.answers).toEqual({ heads: 3, mean: [0, 0, 0], std: [1, 1, 1] });
    expect((await again().find('vit'))?.sources).toHaveLength(1);
  });

  it('is deleted with all its files, and the others stay', async () => {
    await store.keep('one', [file('a', 50, 1)], NO_ANSWERS, ignore);
    await store.keep('two', [file('a', 60, 1)], NO_ANSWERS, ignore);
    await store.remove('one');
    expect((await store.list()).models.map(({ name }) => name)).toEqual(['two']);
    expect(folder.files.size).toBe(2);
    expect(await store.find('one')).toBeNull();
  });
});

describe('where there is no room', () => {
  it('says so before it copies, and leaves nothing', async () => {
    room = 1e6;
    await expect(store.keep('vit', [file('a', LARGE, 1)], NO_ANSWERS, ignore)).rejects.toMatchObject({
      code: 'file.unreadable',
      message: expect.stringMatching(/^vit: the browser did not keep its 9\.4 MB for the next visit \(it gives 1\.0 MB more\)/),
    });
    expect(folder.files.size).toBe(0);
  });

  it('says so when the disk is full in the middle, and leaves nothing', async () => {
    folder.capacity = 5 * 2 ** 20;
    await expect(store.keep('vit', [file('a', LARGE, 1)], NO_ANSWERS, ignore)).rejects.toThrow(/did not keep its 9\.4 MB/);
    expect(folder.files.size).toBe(0);
  });
});

describe('what a page that went away left', () => {
  it('is cleared before the next copy', async () => {
    await folder.write('11111111-1111-4111-8111-111111111111.0', new Uint8Array(10));
    await store.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
    expect([...folder.files.keys()].filter((name) => name.startsWith('1111'))).toEqual([]);
    expect(await store.find('vit')).not.toBeNull();
  });

  it('is not taken for a backbone: a missing or truncated file, and a record of another version', async () => {
    await store.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
    const [copy] = [...folder.files.keys()].filter((name) => name.endsWith('.0'));
    await folder.write(copy ?? '', new Uint8Array(49));
    expect(await store.find('vit')).toBeNull();
    await folder.write('2.model', new TextEncoder().encode('{"version":2,"name":"later","files":["x"]}'));
    await folder.write('2.0', new Uint8Array(5));
    await store.keep('other', [file('b', 40, 1)], NO_ANSWERS, ignore);
    expect((await store.list()).models.map(({ name }) => name)).toEqual(['other', 'vit']);
    expect(folder.files.has('2.0')).toBe(true);
  });
});

it('files that two backbones share go with the last of them', async () => {
  for (const name of ['k.part', 'k.json', 'w.part', 'w.json']) await folder.write(name, new Uint8Array(10));
  const config = { name: 'config.json', stored: 'k.part', bytes: 10 };
  await store.adopt('owner/name', [config, { name: 'model.safetensors', stored: 'w.part', bytes: 10 }]);
  await store.adopt('owner/name@main', [config]);
  expect((await store.list()).unfinishedBytes).toBe(0);
  await store.remove('owner/name');
  expect([...folder.files.keys()].filter((name) => !name.endsWith('.model')).sort()).toEqual(['k.json', 'k.part']);
  await store.remove('owner/name@main');
  expect(folder.files.size).toBe(0);
});

it('downloads that nothing came of are counted, and can be deleted', async () => {
  for (const name of ['k.part', 'k.json']) await folder.write(name, new Uint8Array(10));
  await store.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
  expect((await store.list()).unfinishedBytes).toBe(20);
  await store.removeUnfinished();
  expect(await store.list()).toMatchObject({ models: [{ name: 'vit' }], unfinishedBytes: 0 });
});

it('a browser that keeps no files keeps none, and nothing fails', async () => {
  const none = new KeptModelStore({ folder: async () => null, room: async () => null, exclusively: (work) => work() });
  await none.keep('vit', [file('a', 50, 1)], NO_ANSWERS, ignore);
  await none.answer('vit', NO_ANSWERS);
  await none.remove('vit');
  expect(await none.find('vit')).toBeNull();
  expect(await none.list()).toEqual({ models: [], unfinishedBytes: 0 });
});
