import { expect, it } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { colourDataset } from '../../testing/mean-pixel-network.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { asRunKnows, labelledAsLearnt } from './predictions.js';

const BACKBONE = { framing: WHOLE_PICTURE };

it('a run is measured on its own pictures alone, whatever others are called', async () => {
  const dataset = colourDataset({ train: 6, validation: 4, test: 5 });
  const data = { dataset, pictures: () => new PixelCache(dataset, 8) };
  const dataFingerprint = await fingerprintOfParts(data.pictures());
  const run = { ...fakeRun('one', PAPER_RECIPE, 'finished', 1), classes: [...dataset.classes], dataFingerprint };
  await expect(labelledAsLearnt(run, 'test', data, [], BACKBONE)).resolves.toBe(dataset);
  const other = { ...run, dataFingerprint: { ...dataFingerprint, test: 'other' } };
  await expect(labelledAsLearnt(other, 'test', data, [], BACKBONE)).rejects.toThrow(/other pictures or labels/);
  await expect(labelledAsLearnt(other, 'validation', data, [], BACKBONE)).resolves.toBe(dataset);
  await expect(labelledAsLearnt({ ...run, dataFingerprint: null }, 'test', data, [], BACKBONE)).resolves.toBe(dataset);
});

it('a run’s pictures are known by the labels that it learnt, where they were corrected since', async () => {
  const before = colourDataset({ train: 6, validation: 4, test: 5 });
  const [first = 0] = before.parts.test;
  const other = (before.label(first) + 1) % before.classes.length;
  const corrected = { ...before, label: (index: number) => (index === first ? other : before.label(index)) };
  const run = {
    ...fakeRun('one', PAPER_RECIPE, 'finished', 1),
    classes: [...before.classes],
    dataFingerprint: await fingerprintOfParts(new PixelCache(before, 8)),
  };
  const data = { dataset: corrected, pictures: () => new PixelCache(corrected, 8) };
  await expect(labelledAsLearnt(run, 'test', data, [], BACKBONE)).rejects.toThrow(/other pictures or labels/);
  await expect(labelledAsLearnt(run, 'test', data, [corrected, before], BACKBONE)).resolves.toBe(before);
});

it('classes of the data are the run’s by name, in whatever order they stand', () => {
  const dataset = colourDataset({ train: 6, validation: 4, test: 5 });
  const pictures = (): PixelCache => new PixelCache(dataset, 8);
  const data = { dataset, pictures, store: null };
  const run = (...classes: string[]) => ({ ...fakeRun('one', PAPER_RECIPE, 'finished', 1), classes });
  const turned = [...dataset.classes].reverse();
  const known = asRunKnows(run(...turned), data, BACKBONE).dataset;
  for (let index = 0; index < dataset.length; index++) {
    expect(turned[known.label(index)]).toBe(dataset.classes[dataset.label(index)]);
  }
  expect(asRunKnows(run(...dataset.classes), data, BACKBONE).dataset).toBe(dataset);
  expect(() => asRunKnows(run(...dataset.classes.map((_, index) => `class ${index}`)), data, BACKBONE)).toThrow(
    /classes without names/,
  );
  expect(() => asRunKnows(run('cat', 'dog'), data, BACKBONE)).toThrow(
    /unknown to one, which tells apart 2 classes: cat, dog; choose/,
  );
});
