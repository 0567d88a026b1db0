import { expect, test } from 'vitest';
import { sharpDecoder } from '../../headless/machine/images.js';
import { solidPng, sources } from '../../testing/datasets.js';
import { openDataset } from '../open.js';
import { samePictures } from './duplicates.js';

test('one picture in two classes is said wherever its parts come from, in two parts only where these were given', async () => {
  const [same, twice, other] = [await solidPng(1, 2, 3), await solidPng(4, 5, 6), await solidPng(7, 8, 9)];
  const said = async (folder: (part: string) => string): Promise<string[]> => {
    const paths = [`${folder('train')}cat/a.png`, `${folder('train')}dog/b.png`, `${folder('train')}dog/c.png`];
    const files = { ...Object.fromEntries([same, same, twice].map((bytes, i) => [paths[i] ?? '', bytes])) };
    const test = { [`${folder('test')}dog/d.png`]: twice, [`${folder('test')}cat/e.png`]: other };
    const { dataset, raw } = await openDataset(sources({ ...files, ...test }), sharpDecoder, { name: 'set', splitSeed: 0 });
    return samePictures(dataset, (index) => dataset.digest(index), raw.partsFrom !== null);
  };
  expect(await said(() => '')).toEqual([
    expect.stringMatching(/^(dog\/b|cat\/a)\.png \('\w+'\) is the same picture, byte for byte, as (dog\/b|cat\/a)\.png/),
  ]);
  const given = await said((part) => `${part}/`);
  expect(given).toHaveLength(2);
  expect(given[1]).toMatch(
    /^test\/dog\/d.png \(test\) is the same picture, byte for byte, as train\/dog\/c.png \((train|validation)\)/,
  );
});
