import { expect } from 'vitest';
import { sharpDecoder } from '../headless/machine/images.js';
import { openDataset, type OpenOptions } from '../data/open.js';
import type { ByteSource, Dataset, OpenedDataset } from '../data/types.js';

/** Opens files as a data set named `set`. */
export const open = (files: readonly ByteSource[], options: Partial<OpenOptions> = {}): Promise<OpenedDataset> =>
  openDataset(files, sharpDecoder, { name: 'set', splitSeed: 0, ...options });

/** The numbers of pictures to train, validate and test with. */
export const sizes = ({ parts }: Dataset): number[] => [parts.train.length, parts.validation.length, parts.test.length];

/** Checks the pictures of a form fixture: cats are red, dogs are green, and their blue counts from 0 to 3. */
export async function requireCatsAndDogs(dataset: Dataset): Promise<void> {
  expect(dataset.classes).toEqual(['cat', 'dog']);
  expect(dataset.length).toBe(8);
  const seen = new Set<string>();
  for (let index = 0; index < 8; index++) {
    const { width, height, data } = await dataset.picture(index);
    expect([width, height]).toEqual([5, 4]);
    expect([data[0], data[1]]).toEqual(dataset.label(index) === 0 ? [255, 0] : [0, 255]);
    seen.add(`${dataset.label(index)} ${data[2]}`);
  }
  expect(seen.size).toBe(8);
}
