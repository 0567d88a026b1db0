import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diskTunerMemory } from './tuner-memory.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-tuner-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('remembers in another process what two have found', () => {
  const file = join(folder, 'deep', 'choices.json');
  const first = diskTunerMemory(file);
  const second = diskTunerMemory(file);
  first.set('a', 'tiled');
  second.set('b', 'registers');
  const third = diskTunerMemory(file);
  expect([third.get('a'), third.get('b'), third.get('c')]).toEqual(['tiled', 'registers', undefined]);
});

it('starts empty if the file is damaged or cannot be written', async () => {
  const file = join(folder, 'damaged.json');
  await writeFile(file, '{"a": 3');
  expect(diskTunerMemory(file).get('a')).toBeUndefined();
  const nowhere = diskTunerMemory(join(file, 'below-a-file'));
  nowhere.set('a', 'tiled');
  expect(nowhere.get('a')).toBe('tiled');
});
