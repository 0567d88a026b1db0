import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openData } from '../inputs/inputs.js';
import { pyra } from '../../testing/command-line.js';

let folder: string;
let pictures: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-pack-'));
  pictures = join(folder, 'pictures');
  for (const [label, name] of ['cat', 'dog', 'bird'].entries()) {
    mkdirSync(join(pictures, name), { recursive: true });
    for (let i = 0; i < 5; i++) {
      const background = { r: 80 * label, g: 30 * i, b: 9 };
      await sharp({ create: { width: 9, height: 7, channels: 3, background } })
        .png()
        .toFile(join(pictures, name, `${i}.png`));
    }
  }
  // Known to be broken only when it is decoded.
  const whole = await readFile(join(pictures, 'dog', '0.png'));
  await writeFile(join(pictures, 'dog', 'cut.png'), whole.subarray(0, whole.length - 14));
});
afterAll(() => rm(folder, { recursive: true }));

const EDITS = { cat: 'animal', dog: 'animal' };

describe('pack', () => {
  it('writes the classes and parts as they are understood, to be read the same again', async () => {
    const out = join(folder, 'set.zip');
    const result = await pyra([
      'pack',
      '--data',
      pictures,
      '--classes',
      'cat=animal, dog=animal',
      '--split-seed',
      '3',
      '--out',
      out,
    ]);
    expect(result).toMatchObject({ code: 0, output: expect.stringMatching(/^2 classes, \d+ \+ \d+ \+ \d+ pictures/m) });
    expect(result.errors).toMatch(/^Left out: dog\/cut\.png/);
    const sum = (line = ''): number => [...line.matchAll(/\b\d+\b/g)].reduce((total, [number]) => total + Number(number), 0);
    expect(sum(/^Classes by .*$/m.exec(result.output)?.[0])).toBe(sum(/\d+ \+ \d+ \+ \d+/.exec(result.output)?.[0]));
    // Another seed would split the folder otherwise; the zip says itself how it is split.
    const { dataset } = await openData({ place: out, options: {}, seed: 0, splitSeed: 77 });
    expect([...dataset.classes].sort()).toEqual(['animal', 'bird']);
    const whole = await openData({ place: pictures, options: {}, seed: 0, splitSeed: 3, edits: EDITS });
    for (const part of ['train', 'validation', 'test'] as const) {
      const pixels = async (set: typeof dataset): Promise<string[]> =>
        Promise.all(set.parts[part].map(async (index) => (await set.pixels(index, 4)).join()));
      const readable = whole.dataset.parts[part].filter((index) => !whole.dataset.nameOf(index).includes('cut'));
      const expected = await Promise.all(readable.map(async (index) => (await whole.dataset.pixels(index, 4)).join()));
      expect((await pixels(dataset)).sort()).toEqual(expected.sort());
    }
    expect(await readdir(folder)).not.toContain(expect.stringContaining('.part'));
  });

  it.each<[string, () => string[], string | RegExp]>([
    ['no data', () => ['pack'], 'pack: --data is missing'],
    ['what is no edit', () => ['pack', '--data', pictures, '--classes', 'cat'], "--classes has 'cat', which is no old=new"],
    ['a class that there is not', () => ['pack', '--data', pictures, '--classes', 'cow=x'], "has no class 'cow' to edit"],
    ['edits of a drawn task', () => ['pack', '--data', 'task:count', '--classes', 'a=b'], '--classes edits a data set'],
    ['to write over what is there', () => ['pack', '--data', pictures, '--out', join(folder, 'set.zip')], 'is there already'],
  ])('refuses %s', async (_, args, sentence) => {
    const { code, output, errors } = await pyra(args());
    expect(errors).toMatch(sentence);
    expect({ code, output }).toEqual({ code: 2, output: '' });
  });
});
