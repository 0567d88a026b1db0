import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { formFixture, sources } from '../../testing/datasets.js';
import { open, requireCatsAndDogs, sizes } from '../../testing/opened.js';
import type { ByteSource } from '../types.js';

describe('archives', () => {
  test.each([
    'v7.tar',
    'ustar.tar',
    'gnu.tar',
    'pax.tar',
    'long-gnu.tar',
    'long-pax.tar',
    'plain.tar.gz',
    'deflated.zip',
    'stored.zip',
    'zip64.zip',
  ])('%s is a folder for each class', async (name) => {
    const { dataset, skipped } = await open(formFixture(name));
    expect(dataset.form).toBe('a folder for each class');
    expect(skipped).toEqual([]);
    await requireCatsAndDogs(dataset);
  });

  test('an archive is recognised whatever its name', async () => {
    const [archive] = formFixture('deflated.zip');
    await requireCatsAndDogs((await open([{ ...archive!, name: 'download' }])).dataset);
  });

  test('each of several archives is a folder, so that train.zip and test.zip are parts', async () => {
    const [archive] = formFixture('stored.zip');
    const { dataset } = await open(['train.zip', 'test.tar.zip'].map((name) => ({ ...archive!, name })));
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect(dataset.nameOf(0)).toBe('test/cat/0.png');
    const parts = await open(['train.zip', 'val.zip', 'test.zip'].map((name) => ({ ...archive!, name })));
    expect(sizes(parts.dataset)).toEqual([8, 8, 8]);
  });

  const change = (name: string, edit: (bytes: Uint8Array) => Uint8Array): ByteSource[] =>
    sources({ [name]: edit(new Uint8Array(readFileSync(new URL(`../fixtures/forms/${name}`, import.meta.url)))) });

  const replaceAll = (bytes: Uint8Array, from: string, to: string): Uint8Array =>
    new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(from, to), 'latin1'));

  test.each<[string, ByteSource[], string, RegExp]>([
    [
      'a zip cut short',
      change('stored.zip', (bytes) => bytes.slice(0, 900)),
      'file.damaged',
      /^stored\.zip: .*(truncated|damaged)/,
    ],
    [
      'a zip whose paths climb out',
      change('stored.zip', (bytes) => replaceAll(bytes, 'cat/', '../t')),
      'file.damaged',
      /'\.\.\/t\d\.png' climbs out of the archive/,
    ],
    ['a tar cut short', change('gnu.tar', (bytes) => bytes.slice(0, 512 + 40)), 'file.damaged', /truncated/],
    [
      'a tar with a damaged header',
      change('gnu.tar', (bytes) => bytes.with(512 * 3 + 1, 0xff)),
      'file.damaged',
      /^gnu\.tar: the tar header at byte 1536 is damaged/,
    ],
    ['a gzip cut short', change('plain.tar.gz', (bytes) => bytes.slice(0, 200)), 'file.damaged', /gzip stream is truncated/],
  ])('%s is refused', async (_, files, code, message) => {
    await expect(open(files)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('names in a zip that are no UTF-8 are those of the code page whose letters they have', async () => {
    const dos = change('stored.zip', (bytes) => replaceAll(bytes, 'cat/', 'k\x84t/'));
    expect((await open(dos)).dataset.classes).toEqual(['dog', 'kät']);
    const windows = change('stored.zip', (bytes) => replaceAll(bytes, 'cat/', 'k\xe4t/'));
    expect((await open(windows)).dataset.classes).toEqual(['dog', 'kät']);
  });

  test('a picture with a wrong checksum in a zip is broken, but the data set is not', async () => {
    const files = change('stored.zip', (bytes) => {
      const at = Buffer.from(bytes).indexOf('IDAT') + 8;
      return bytes.with(at, (bytes[at] ?? 0) ^ 1);
    });
    const { dataset, skipped } = await open(files);
    expect(dataset.length).toBe(7);
    expect(skipped).toMatchObject([{ reason: expect.stringMatching(/does not have the checksum/) }]);
  });

  test('a zip that claims an implausible unpacked size is refused', async () => {
    const files = change('deflated.zip', (bytes) => {
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + 46 < bytes.length; at++)
        if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0x7fff0000, true);
      return bytes;
    });
    await expect(open(files)).rejects.toMatchObject({ code: 'file.damaged', message: expect.stringContaining('would unpack') });
  });

  test('an entry that unpacks to more bytes than it states is left out', async () => {
    const files = change('deflated.zip', (bytes) => {
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + 46 < bytes.length; at++) {
        // The first entry that is no folder.
        if (view.getUint32(at, true) !== 0x02014b50 || view.getUint32(at + 24, true) === 0) continue;
        view.setUint32(at + 24, 50, true);
        break;
      }
      return bytes;
    });
    const { dataset, skipped } = await open(files);
    expect(dataset.length).toBe(7);
    expect(skipped).toMatchObject([{ reason: expect.stringMatching(/inflates to more than the 50 bytes it says$/) }]);
  });

  test('a gzip bomb is refused', async () => {
    const megabyte = new Uint8Array(2 ** 20);
    let left = 300;
    const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(megabyte) : controller.close()),
    });
    const bomb = await new Response(zeros.pipeThrough(new CompressionStream('gzip'))).bytes();
    await expect(open(sources({ 'bomb.tar.gz': bomb }))).rejects.toMatchObject({
      code: 'file.unsupported',
      message: expect.stringContaining('bomb.tar.gz: unpacks to more than 256 MB'),
    });
  }, 60_000);
});
