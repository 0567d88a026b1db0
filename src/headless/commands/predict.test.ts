import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { drawColours } from '../../testing/pictures/colours.js';
import { pyra } from '../../testing/command-line.js';

let folder = '';
const at = (...path: string[]): string => join(folder, ...path);

const PROBE = ['--method', 'none', '--peft', 'linear', '--image-size', '16', '--lr', '0.3', '--batch', '8', '--epochs', '12'];
const NAMES = ['green/0.png', 'green/1.png', 'green/2.png', 'red/0.png', 'red/1.png', 'red/2.png'];

const reportSchema = z.object({
  classes: z.array(z.string()),
  pictures: z.array(
    z.object({ picture: z.string(), class: z.string(), confidence: z.number().min(0).max(1), milliseconds: z.number().min(0) }),
  ),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-predict-'));
  await drawColours(at('colours'), 15, ['red', 'green', 'blue']);
  await drawColours(at('new'), 3, ['red', 'green'], { seed: 9 });
  const whole = await readFile(at('new', 'red', '0.png'));
  await writeFile(at('new', 'cut.png'), whole.subarray(0, whole.length - 20));
  await writeFile(at('new', 'text.jpg'), 'no picture at all');
  expect((await pyra(['adapt', '--data', at('colours'), ...PROBE, '--out', at('run')])).code).toBe(0);
});

afterAll(() => rm(folder, { recursive: true }));

describe('predict', () => {
  it('labels a folder of pictures, wherever they lie in it, and names what it skips', async () => {
    const { code, output, errors } = await pyra(['predict', at('run'), at('new'), '--json']);
    expect(code).toBe(0);
    const { classes, pictures, skipped } = reportSchema.parse(JSON.parse(output));
    expect(classes).toEqual(['blue', 'green', 'red']);
    expect(pictures.map(({ picture }) => picture)).toEqual(NAMES);
    for (const each of pictures) expect(each.class, each.picture).toBe(each.picture.split('/')[0]);
    expect(skipped.map(({ name }) => name).sort()).toEqual(['cut.png', 'text.jpg']);
    expect(errors).toMatch(/Left out: cut\.png/);
    expect(errors).toMatch(/Left out: text\.jpg/);
  });

  it('prints a table, and comma-separated values', async () => {
    const plain = await pyra(['predict', at('run'), at('new')]);
    expect(plain.output).toMatch(/\npicture +class +confidence +milliseconds\ngreen\/0\.png +green +\d+\.\d\d % +\d+\.\d\d\n/);
    const { output } = await pyra(['predict', at('run', 'adapted.safetensors'), at('new'), '--csv']);
    const [head, first, ...rest] = output.trimEnd().split('\n');
    expect(head).toBe('picture,class,confidence,milliseconds');
    expect(first).toMatch(/^green\/0\.png,green,[01]\.\d{4},\d+\.\d\d$/);
    expect(rest).toHaveLength(5);
  });

  it('labels one picture, several paths, and an archive', async () => {
    const one = await pyra(['predict', at('run'), at('new', 'red', '1.png'), '--csv']);
    expect(one.output).toMatch(/\n1\.png,red,/);
    const two = await pyra(['predict', at('run'), at('new', 'red', '1.png'), at('new', 'green'), '--json']);
    expect(reportSchema.parse(JSON.parse(two.output)).pictures.map(({ picture }) => picture)).toEqual(
      ['green/0.png', 'green/1.png', 'green/2.png', 'red/1.png'].map((name) => at('new', name)),
    );
    await pyra(['pack', '--data', at('new'), '--out', at('new.zip')]);
    const zipped = await pyra(['predict', at('run'), at('new.zip'), '--json']);
    expect(reportSchema.parse(JSON.parse(zipped.output)).pictures).toHaveLength(6);
  });

  it('takes an unadapted classifier', async () => {
    const { code, output } = await pyra(['predict', 'public/models/photo-formula-vit.safetensors', at('new'), '--json']);
    expect(code).toBe(0);
    const { classes, pictures } = reportSchema.parse(JSON.parse(output));
    expect(classes).toHaveLength(200);
    expect(pictures).toHaveLength(6);
  });

  it.each<[string, () => string[], RegExp]>([
    ['nothing to look at', () => ['predict', at('run')], /^predict: give a run and the pictures to look at/],
    ['two ways to print', () => ['predict', at('run'), at('new'), '--csv', '--json'], /--csv and --json are two ways/],
    ['pictures that are not there', () => ['predict', at('run'), at('nowhere')], /nowhere: there is no such file or folder/],
    ['no picture', () => ['predict', at('run'), at('new', 'text.jpg')], /text\.jpg: holds no picture that can be read; left out/],
    ['a run that is not there', () => ['predict', at('nowhere'), at('new')], /nowhere: there is no such file or folder/],
  ])('refuses %s', async (_, args, sentence) => {
    const { code, output, errors } = await pyra(args());
    expect(errors).toMatch(sentence);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, output }).toEqual({ code: 2, output: '' });
  });

  it('finds the run’s backbone where it was', async () => {
    await cp('public/models/photo-formula-vit.safetensors', at('vit.safetensors'));
    await pyra(['adapt', '--model', at('vit.safetensors'), '--data', at('colours'), ...PROBE, '--out', at('other')]);
    expect(await pyra(['predict', at('other'), at('new'), '--csv'])).toMatchObject({ code: 0 });
    await rm(at('vit.safetensors'));
    const gone = await pyra(['predict', at('other'), at('new'), '--csv']);
    expect(gone).toMatchObject({ code: 2, errors: expect.stringContaining('no longer at') });
  });
});
