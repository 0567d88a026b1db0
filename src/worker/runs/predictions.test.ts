import { expect, it } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { colourDataset } from '../../testing/mean-pixel-network.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { WHOLE_PICTURE } from '../../vit/framing.js';
import { asRunKnows, requireSamePictures } from './predictions.js';

const BACKBONE = { framing: WHOLE_PICTURE };

it('a run is measured on its own pictures alone, whatever others are called', async () => {
  const dataset = colourDataset({ train: 6, validation: 4, test: 5 });
  const pictures = (): PixelCache => new PixelCache(dataset, 8);
  const dataFingerprint = await fingerprintOfParts(pictures());
  const run = { ...fakeRun('one', PAPER_RECIPE, 'finished', 1), dataFingerprint };
  await expect(requireSamePictures(run, 'test', { dataset, pictures }, BACKBONE)).resolves.toBeUndefined();
  const other = { ...run, dataFingerprint: { ...dataFingerprint, test: 'other' } };
  await expect(requireSamePictures(other, 'test', { dataset, pictures }, BACKBONE)).rejects.toThrow(/holds other pictures/);
  await expect(requireSamePictures(other, 'validation', { dataset, pictures }, BACKBONE)).resolves.toBeUndefined();
  await expect(requireSamePictures({ ...run, dataFingerprint: null }, 'test', { dataset, pictures }, BACKBONE)).resolves.toBeUndefined();
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
  expect(() => asRunKnows(run(...dataset.classes.map((_, index) => `class ${index}`)), data, BACKBONE)).toThrow(/classes without names/);
  expect(() => asRunKnows(run('cat', 'dog'), data, BACKBONE)).toThrow(/unknown to one, which tells apart 2 classes: cat, dog; choose/);
});
