import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sourcesBeside } from './beside.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-beside-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The names that are found beside `name`, where the folder has these files. */
async function beside(name: string, others: readonly string[], index: Readonly<Record<string, string>> = {}): Promise<string[]> {
  for (const file of [name, ...others])
    await writeFile(join(folder, file), file.endsWith('.index.json') ? JSON.stringify({ weight_map: index }) : '');
  return (await sourcesBeside(join(folder, name))).map((source) => source.name).sort();
}

it.each<[string, readonly string[], readonly string[]]>([
  ['model.safetensors', ['config.json', 'preprocessor_config.json', 'README.md'], ['config.json', 'preprocessor_config.json']],
  ['model.safetensors', ['config.json', 'other.safetensors'], ['config.json']],
  ['vit.pth', ['config.json'], ['config.json']],
  ['vit.pth', ['config.json', 'other.pth'], []],
  ['adapter_model.safetensors', ['adapter_config.json', 'config.json', 'model.safetensors'], ['adapter_config.json']],
  ['picture.png', ['config.json'], []],
])('beside %s in a folder with %j: %j', async (name, others, expected) => {
  expect(await beside(name, others)).toEqual(expected);
});

it('beside a shard or their index, the other shards that the index names', async () => {
  const index = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' };
  const files = [
    'model.safetensors.index.json',
    'model-00002-of-00002.safetensors',
    'model-00009-of-00009.safetensors',
    'config.json',
  ];
  expect(await beside('model-00001-of-00002.safetensors', files, index)).toEqual([
    'config.json',
    'model-00002-of-00002.safetensors',
    'model.safetensors.index.json',
  ]);
  expect((await sourcesBeside(join(folder, 'model.safetensors.index.json'))).map(({ name }) => name).sort()).toEqual([
    'config.json',
    'model-00001-of-00002.safetensors',
    'model-00002-of-00002.safetensors',
  ]);
});
