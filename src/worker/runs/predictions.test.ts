import { expect, it } from 'vitest';
import { PixelCache } from '../../data/batches.js';
import { fingerprintOfParts } from '../../data/identity/fingerprint.js';
import { fakeRun } from '../../testing/page/fake-api.js';
import { colourDataset } from '../../testing/mean-pixel-network.js';
import { PAPER_RECIPE } from '../../vit/configuration.js';
import { requireSamePictures } from './predictions.js';

it('a run is measured on its own pictures alone, whatever others are called', async () => {
  const dataset = colourDataset({ train: 6, validation: 4, test: 5 });
  const pictures = (): PixelCache => new PixelCache(dataset, 8);
  const dataFingerprint = await fingerprintOfParts(pictures());
  const run = { ...fakeRun('one', PAPER_RECIPE, 'finished', 1), dataFingerprint };
  await expect(requireSamePictures(run, 'test', { dataset, pictures })).resolves.toBeUndefined();
  const other = { ...run, dataFingerprint: { ...dataFingerprint, test: 'other' } };
  await expect(requireSamePictures(other, 'test', { dataset, pictures })).rejects.toThrow(/holds other pictures/);
  await expect(requireSamePictures(other, 'validation', { dataset, pictures })).resolves.toBeUndefined();
  await expect(requireSamePictures({ ...run, dataFingerprint: null }, 'test', { dataset, pictures })).resolves.toBeUndefined();
});
