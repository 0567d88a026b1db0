import { expect, it } from 'vitest';
import { Datasets } from './datasets.js';
import { openDataset } from '../../data/open.js';
import { sharpDecoder } from '../../headless/machine/images.js';
import { solidPngs, sources } from '../../testing/datasets.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';

it('a data set’s fingerprint differs with its pictures and is the same for the same, and what is read of it carries it', async () => {
  const datasets = new Datasets();
  const first = datasets.useTask('shapes', 0, null).fingerprint;
  const other = datasets.useTask('shapes', 1, null).fingerprint;
  const count = datasets.useTask('count', 0, null).fingerprint;
  const again = datasets.useTask('shapes', 0, null).fingerprint;
  expect(new Set([first, other, count]).size).toBe(3);
  expect(again).toBe(first);
  expect(datasets.ofClass('test', 0).of).toEqual({ data: first });
  expect((await datasets.thumbnails('test', 0, 2, 8)).of).toEqual({ data: first });
  const { data, truth } = await datasets.picture({ part: 'test', index: 0 }, 8, { framing: WHOLE_PICTURE });
  expect(data).toBe(first);
  expect(datasets.current?.classes).toContain(truth);
});

it('a corrected label changes what the data set is, but not where its pictures are, and how they were labelled before is known', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `${index % 2 === 0 ? 'cat' : 'dog'}/${index}.png`);
  const data = await openDataset(sources(await solidPngs(names)), sharpDecoder, { name: 'pets', splitSeed: 1 });
  const datasets = new Datasets();
  const given = datasets.take({ data, store: null, keptSide: null });
  const labelled = (labels: Readonly<Record<string, string>>) => datasets.edit({ classes: {}, labels, splitSeed: 1 });
  const before = labelled({});
  const one = labelled({ 'cat/0.png': 'dog' });
  const two = labelled({ 'cat/0.png': 'dog', 'cat/2.png': 'dog' });
  expect(new Set([before, one, two].map(({ fingerprint }) => fingerprint)).size).toBe(3);
  expect(new Set([given, before, one, two].map(({ places }) => places)).size).toBe(1);
  const dogs = [...datasets.require().labelledBefore()].map(
    (dataset) => Array.from({ length: 40 }, (_, index) => dataset.label(index)).filter((label) => label === 1).length,
  );
  // As the files say, and then the last first.
  expect(dogs).toEqual([20, 21, 20]);
  datasets.edit({ classes: {}, labels: { 'cat/0.png': 'dog' }, splitSeed: 2 });
  expect([...datasets.require().labelledBefore()]).toHaveLength(1);
});
