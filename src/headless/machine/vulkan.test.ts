import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findDrivers, llvmpipeFile, tooOld, whyNoAdapter } from './vulkan.js';

let folder = '';
const at = (name: string): string => join(folder, name);

/** A driver's description, with a library that has text of a version in it. */
async function install(name: string, library: string, content: string, where = library): Promise<string> {
  await writeFile(
    at(name),
    JSON.stringify({ file_format_version: '1.0.0', ICD: { api_version: '1.1.230', library_path: library } }),
  );
  await writeFile(at(where), `\u007fELF\u0000\u0001${content}\u0000`);
  return at(name);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-vulkan-'));
  await mkdir(at('x86_64-linux-gnu'));
});

afterAll(() => rm(folder, { recursive: true }));

it('finds the version of Mesa in the library that a description names', async () => {
  const bare = await install('lvp_icd.x86_64.json', 'libvulkan_lvp.so', 'Mesa 22.3.6', 'x86_64-linux-gnu/libvulkan_lvp.so');
  const beside = await install('radeon_icd.json', './libvulkan_radeon.so', 'Mesa 25.0.7-2~bpo12+1', 'libvulkan_radeon.so');
  const other = await install('other_icd.json', './libother.so', 'Other 1.2.3', 'libother.so');
  await writeFile(at('broken_icd.json'), '{');
  expect(findDrivers([bare, beside, other, at('broken_icd.json')], [folder])).toEqual([
    { file: bare, mesa: '22.3.6' },
    { file: beside, mesa: '25.0.7' },
    { file: other, mesa: null },
    { file: at('broken_icd.json'), mesa: null },
  ]);
  expect(llvmpipeFile([folder])).toBe(bare);
});

it('says which driver is too old, and which is needed', () => {
  const old = { file: '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json', mesa: '22.3.6' };
  const good = { file: '/usr/share/vulkan/icd.d/radeon_icd.json', mesa: '25.0.7' };
  expect(tooOld([good, old])).toBe(
    `the Vulkan driver that is installed is of Mesa 22.3.6 (${old.file}), and Mesa 24 or newer is needed`,
  );
  expect(tooOld([good, { file: 'x', mesa: null }])).toBeNull();
  expect(whyNoAdapter([old])).toMatch(/^no WebGPU adapter: the .* Mesa 22\.3\.6 .*Mesa 24 .*backports.*SwiftShader/);
  expect(whyNoAdapter([good])).toMatch(/takes none of .*radeon_icd\.json of Mesa 25\.0\.7/);
  expect(whyNoAdapter([])).toMatch(/install a Vulkan driver .*, Mesa 24 or newer/);
});
