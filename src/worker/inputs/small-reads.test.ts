import { afterEach, expect, it, vi } from 'vitest';
import { toErrorRecord } from '../../vit/errors.js';
import { SmallReads } from './small-reads.js';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const blobOf = (content: string): Blob => new Blob([content]);

afterEach(() => vi.restoreAllMocks());

it('reads that are under way at a time are one, and each gets its own bytes', async () => {
  const reads = new SmallReads();
  const sources = Array.from({ length: 100 }, (_, i) => reads.source(`${i}.png`, blobOf(`picture ${i}`)));
  const made = vi.spyOn(Blob.prototype, 'arrayBuffer');
  const heads = await Promise.all(sources.map((source) => source.read(2, source.size - 2)));
  expect(heads.map(text)).toEqual(sources.map((_, i) => `cture ${i}`));
  expect(made.mock.calls.length).toBeLessThanOrEqual(2);
  // Writing to a result does not change another result.
  expect(heads.every(({ buffer, byteLength }) => buffer.byteLength === byteLength)).toBe(true);
});

it('one after the other, too, and more than are gathered at once', async () => {
  const reads = new SmallReads();
  for (const word of ['a', 'bb']) expect(text(await reads.source(word, blobOf(word)).read(0, word.length))).toBe(word);
  const many = Array.from({ length: 2000 }, (_, i) => reads.source(`${i}`, blobOf(`${i}`)));
  expect((await Promise.all(many.map((source) => source.read(0, source.size)))).map(text)).toEqual(many.map(({ name }) => name));
});

it('a missing file is named, and other files are still read', async () => {
  const reads = new SmallReads();
  const gone = blobOf('gone');
  // A blob composed of it cannot be read either, since the moved file no longer has the stated length.
  vi.spyOn(gone, 'size', 'get').mockReturnValue(5);
  vi.spyOn(gone, 'arrayBuffer').mockRejectedValue(new Error('NotReadableError'));
  const read = await Promise.allSettled([
    reads.source('a.png', blobOf('first')).read(0, 5),
    reads.source('gone.png', gone).read(0, 5),
    reads.source('b.png', blobOf('third')).read(0, 5),
  ]);
  expect(read.map((each) => (each.status === 'fulfilled' ? text(each.value) : toErrorRecord(each.reason)))).toEqual([
    'first',
    expect.objectContaining({ code: 'file.unreadable', subject: 'gone.png' }),
    'third',
  ]);
});

it('what is wanted of a larger file is a slice of it', async () => {
  const large = new Blob(['x'.repeat(40_000), 'end']);
  const slice = vi.spyOn(large, 'slice');
  const source = new SmallReads().source('large.jpg', large);
  expect((await Promise.all([source.read(40_000, 3), source.read(39_999, 2)])).map(text)).toEqual(['end', 'xe']);
  expect(slice).toHaveBeenCalledTimes(2);
});

it('much of a file is read by itself; a range outside is refused', async () => {
  const reads = new SmallReads();
  const large = reads.source('large', new Blob([new Uint8Array(2 ** 17).fill(7)]));
  expect((await Promise.all([large.read(0, 2 ** 17), large.read(5, 1)])).map((bytes) => bytes.length)).toEqual([2 ** 17, 1]);
  await expect(large.read(0, 2 ** 17 + 1)).rejects.toMatchObject({ code: 'file.unreadable' });
  await expect(reads.source('small', blobOf('x')).read(0, 2)).rejects.toMatchObject({ code: 'file.unreadable' });
});
