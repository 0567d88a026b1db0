import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  fileName,
  fileNames,
  removeUnfinished,
  requireFree,
  requirePlace,
  writeAllWhole,
  writeBeside,
  writeWhole,
} from './outputs.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-outputs-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** As the file system says it. */
const refusal = (code: string): Error => Object.assign(new Error(`${code}: no`), { code, syscall: 'write' });

describe('the file name of a run', () => {
  it.each([
    ['letters of any script are kept', '手势 ü/é.zip-pyra', '手势-ü-é.zip-pyra'],
    ['none leads out of the folder, and none is hidden', '../../.x', 'x'],
    ['there is always one', '...', 'run'],
    ['it fits into every file system', 'ü'.repeat(300), 'ü'.repeat(90)],
  ])('%s', (_, name, expected) => {
    expect(fileName(name, 'run')).toBe(expected);
  });

  it('is another for every other name', () => {
    expect(fileNames(['a b', 'a-b', 'A/b', '手势', '?'], 'data')).toEqual(['a-b', 'a-b-2', 'A-b-3', '手势', 'data']);
  });
});

describe('what is written', () => {
  it('is there whole, in folders that are made for it', async () => {
    await writeWhole(join(folder, 'a/b/run.json'), 'one');
    await writeWhole(join(folder, 'a/b/run.json'), 'two');
    expect(await readFile(join(folder, 'a/b/run.json'), 'utf8')).toBe('two');
    expect(await readdir(join(folder, 'a/b'))).toEqual(['run.json']);
  });

  it.each([
    ['ENOSPC', 'there is no room left on the disk'],
    ['EACCES', 'this user has no right to'],
    ['EROFS', 'the disk is read-only'],
  ])('where the system says %s, a sentence names the file, and what was there stays', async (code, why) => {
    const path = join(folder, 'checkpoint.safetensors');
    await writeWhole(path, 'the last one');
    const half = writeBeside(path, async (part) => {
      await writeFile(part, 'hal');
      throw refusal(code);
    });
    await expect(half).rejects.toMatchObject({ code: 'file.unwritable', message: `${path}: could not be written: ${why}` });
    expect(await readFile(path, 'utf8')).toBe('the last one');
    expect(await readdir(folder)).toEqual(['checkpoint.safetensors']);
  });

  it('leaves no folder either where the file that it was made for is not written', async () => {
    const failing = writeBeside(join(folder, 'new/deeper/run.json'), () => Promise.reject(refusal('ENOSPC')));
    await expect(failing).rejects.toMatchObject({ code: 'file.unwritable' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is all of several files, or none', async () => {
    // A folder stands where the second is to go.
    await mkdir(join(folder, 'b', 'full'), { recursive: true });
    await writeFile(join(folder, 'in-the-way'), '');
    const bytes = new Uint8Array(3);
    const files = [
      { path: join(folder, 'a.bin'), bytes },
      { path: join(folder, 'in-the-way/b.bin'), bytes },
    ];
    await expect(writeAllWhole(files)).rejects.toMatchObject({ code: 'file.unwritable' });
    expect((await readdir(folder)).sort()).toEqual(['b', 'in-the-way']);
    await writeAllWhole(files.slice(0, 1));
    expect((await readFile(join(folder, 'a.bin'))).length).toBe(3);
  });

  it('loses what a killed process left of it, and nothing else', async () => {
    const names = ['run.json.12.part', 'run.json', 'notes.7.part', 'checkpoint.safetensors.3.part'];
    for (const name of names) await writeFile(join(folder, name), '');
    await removeUnfinished(folder, ['run.json', 'checkpoint.safetensors']);
    expect((await readdir(folder)).sort()).toEqual(['notes.7.part', 'run.json']);
  });
});

describe('where it is to go', () => {
  it('is a folder, or can be made one', async () => {
    await requirePlace(join(folder, 'new/one'), 'out');
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'file'), '');
    await expect(requirePlace(join(folder, 'file'), 'out')).rejects.toMatchObject({
      code: 'option.invalid',
      message: expect.stringMatching(/^--out: '.*file' is there already and is no folder$/),
    });
    await expect(requirePlace(join(folder, 'file/below'), 'out')).rejects.toMatchObject({ code: 'option.invalid' });
  });

  // Not even root can make files there.
  it.runIf(process.platform === 'linux')('lets files be made in it', async () => {
    await expect(requirePlace('/proc', 'out')).rejects.toMatchObject({
      code: 'option.invalid',
      message: expect.stringMatching(/^--out: nothing can be written into '\/proc': \D+$/),
    });
  });

  it('has no file of that name yet, unless it is to be written over', async () => {
    const path = join(folder, 'a.zip');
    await requireFree([path], false);
    await writeFile(path, '');
    await expect(requireFree([path], false)).rejects.toThrow("a.zip' is there already; --force writes over it");
    await requireFree([path], true);
  });
});
