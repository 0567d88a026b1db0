import sharp from 'sharp';
import { expect, test } from 'vitest';
import { byteSourceFromBytes } from '../containers/sources.js';
import { openArchive } from '../containers/zip-archive.js';
import { sharpDecoder } from '../headless/machine/images.js';
import { solidPng, solidPngs, sources } from '../testing/datasets.js';
import { exportDataset } from './export.js';
import { openDataset } from './open.js';
import { encodePng } from './pictures/png.js';
import { openTask } from './tasks/index.js';
import type { Dataset } from './types.js';

async function exported(dataset: Dataset): Promise<{ bytes: Uint8Array<ArrayBuffer>; skipped: readonly { name: string }[] }> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>();
  const [bytes, { skipped }] = await Promise.all([new Response(readable).bytes(), exportDataset(dataset, writable)]);
  return { bytes, skipped };
}

test('an exported data set opens again with the same parts, classes, labels and pixels', async () => {
  const paths = Array.from({ length: 15 }, (_, i) => `${['ant', 'bee/sub', 'what: "?"'][i % 3]}/${i}.png`);
  const opened = await openDataset(sources(await solidPngs(paths)), sharpDecoder, {
    name: 'set',
    splitSeed: 3,
    edits: { ant: 'emmet' },
  });
  const { bytes, skipped } = await exported(opened.dataset);
  expect(skipped).toEqual([]);
  const again = await openDataset(sources({ 'export.zip': bytes }), sharpDecoder, { name: 'again', splitSeed: 99 });
  expect(again.skipped).toEqual([]);
  expect(again.dataset.form).toBe('VTAB-1k lists');
  expect(again.dataset.classes).toEqual(['emmet', 'bee', 'what: "?"']);
  for (const part of ['train', 'validation', 'test'] as const) {
    expect(again.dataset.parts[part].length).toBe(opened.dataset.parts[part].length);
    for (const [i, index] of opened.dataset.parts[part].entries()) {
      const other = again.dataset.parts[part][i] ?? -1;
      expect(again.dataset.label(other)).toBe(opened.dataset.label(index));
      expect(await again.dataset.pixels(other, 6)).toEqual(await opened.dataset.pixels(index, 6));
    }
  }
});

test('every entry has the right checksum, and a broken picture is left out', async () => {
  const whole = await solidPng(9, 9, 9);
  const { dataset } = await openDataset(
    sources({ ...(await solidPngs(['a/1.png', 'b/2.png'])), 'b/0.png': whole.slice(0, 30) }),
    { decode: () => Promise.reject(new Error('no')) },
    { name: 'set', splitSeed: 0 },
  );
  const unreadable: Dataset = {
    ...openTask('count', 0),
    parts: { train: [0, 1], validation: [2], test: [] },
    length: 3,
    label: (index) => index % 2,
    nameOf: (index) => dataset.nameOf(index),
    encoded: async (index) => (index === 1 ? dataset.encoded(1) : openTask('count', 0).encoded(index)),
  };
  const { bytes } = await exported(unreadable);
  const archive = await openArchive(byteSourceFromBytes('export.zip', bytes));
  expect([...archive.entries.keys()]).toEqual([
    '1/0.png',
    '1/2.png',
    'train800.txt',
    'val200.txt',
    'train800val200.txt',
    'classes.txt',
  ]);
  for (const entry of archive.entries.values()) await archive.read(entry, 0, entry.size, true);
  const list = archive.entries.get('train800.txt');
  expect(new TextDecoder().decode(await archive.read(list!, 0, list!.size))).toBe('1/0.png 0\n');
});

test('libvips reads our PNG files to the same pixels', async () => {
  for (const [width, height] of [
    [1, 1],
    [7, 3],
    [97, 61],
  ] as const) {
    const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 251));
    const png = await encodePng({ width, height, data });
    const { data: pixels, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([width, height]);
    expect(new Uint8Array(pixels)).toEqual(data);
  }
});
