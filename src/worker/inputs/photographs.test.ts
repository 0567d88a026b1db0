import { expect, it } from 'vitest';
import type { Picture } from '../../data/types.js';
import { PHOTOGRAPHS, type Photograph } from '../../protocol/photographs.js';
import { Photographs } from './photographs.js';

const PICTURE: Picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
const FILES = PHOTOGRAPHS.map(({ file }) => file);

it('a photograph that is asked for is followed by the others, so that none is read while a person waits for it', async () => {
  const read: string[] = [];
  const photographs = new Photographs(async ({ file }: Photograph) => {
    read.push(file);
    return PICTURE;
  });
  await photographs.get(1);
  expect(read.toSorted()).toEqual(FILES.toSorted());
  expect(read[0]).toBe(FILES[1]);
  for (const index of FILES.keys()) await photographs.get(index);
  expect(read).toHaveLength(FILES.length);
});

it('a photograph that could not be read is read again, and one that is not there is refused', async () => {
  let connected = false;
  const photographs = new Photographs(() => (connected ? Promise.resolve(PICTURE) : Promise.reject(new Error('no connection'))));
  await expect(photographs.get(0)).rejects.toThrow('no connection');
  connected = true;
  expect(await photographs.get(0)).toBe(PICTURE);
  await expect(photographs.get(FILES.length)).rejects.toThrow(`there is no photograph ${FILES.length}`);
});
