import { expect, it } from 'vitest';
import { Datasets } from './datasets.js';
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
