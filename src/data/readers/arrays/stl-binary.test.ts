import { expect, test } from 'vitest';
import { sources } from '../../../testing/datasets.js';
import { givenOf } from '../../../testing/given.js';
import { readStlBinary } from './stl-binary.js';

const BYTES = 3 * 96 * 96;

/** A picture that is dark except for its red value at row 1, column 2. */
function oneRed(): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  bytes[2 * 96 + 1] = 200;
  return bytes;
}

test('pictures by columns, labels from 1, parts by name; pictures without labels are left out', async () => {
  const [reading, ...others] = await readStlBinary(
    givenOf(
      sources({
        'stl/train_X.bin': oneRed(),
        'stl/train_y.bin': Uint8Array.from([2]),
        'stl/test_X.bin': new Uint8Array(BYTES),
        'stl/test_y.bin': Uint8Array.from([1]),
        'stl/unlabeled_X.bin': new Uint8Array(BYTES),
        'stl/class_names.txt': 'airplane\nbird\n',
      }),
    ),
  );
  expect(others).toEqual([]);
  if (reading?.kind !== 'reading') throw new Error('no reading');
  expect(reading.classes).toEqual(['airplane', 'bird']);
  expect(reading.examples.map(({ part, label }) => [part, label])).toEqual([
    ['train', 1],
    ['test', 0],
  ]);
  expect(reading.leftOut).toMatchObject([{ name: 'stl/unlabeled_X.bin' }]);
  const content = reading.examples[0]?.content;
  const picture = content?.kind === 'pixels' ? await content.read() : null;
  const lit = [...(picture?.data ?? [])].flatMap((value, at) => (at % 4 < 3 && value > 0 ? [at] : []));
  expect(lit).toEqual([4 * (96 + 2)]);
});

test('labels that are missing or do not fit are refused', async () => {
  const given = (labels: Record<string, Uint8Array>): ReturnType<typeof givenOf> =>
    givenOf(sources({ 'train_X.bin': new Uint8Array(BYTES), ...labels }));
  expect(await readStlBinary(given({}))).toMatchObject([
    { kind: 'refusal', reason: expect.stringContaining('without their labels') },
  ]);
  await expect(readStlBinary(given({ 'train_y.bin': Uint8Array.from([1, 2]) }))).rejects.toThrow('has 2 labels for 1 pictures');
  await expect(readStlBinary(given({ 'train_y.bin': Uint8Array.from([0]) }))).rejects.toThrow('begin at 1');
});
