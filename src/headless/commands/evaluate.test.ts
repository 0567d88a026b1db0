import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeSafetensors } from '../../containers/safetensors/safetensors.js';
import { pyra } from '../../testing/command-line.js';
import { smallModel } from '../../testing/small-model.js';

/** The data set's classes are in the order of the alphabet; the head's are not. */
const LABELS = ['red', 'blue', 'green'];
const COLUMN = { red: 0, green: 1, blue: 2 };
const [side, patch, width, each] = [16, 4, 4, 6];

let folder: string;
let colours: string;
let named: string;
let unnamed: string;

async function writeModel(path: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  await mkdir(path);
  const options = { seed: 1, channels: width, hidden: 8, patch, grid: side / patch, classes: 3, distilled: false };
  const weights = smallModel({ ...options, rank: 0, adapterWidth: 0, r: [0, 0] });
  const tensors = new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]));
  // The network that stands for the engine looks at the head alone: each class at its colour.
  const head = new Float32Array(3 * width);
  LABELS.forEach((label, row) => (head[row * width + COLUMN[label as keyof typeof COLUMN]] = 10));
  tensors.set('head.weight', { shape: [3, width], data: head });
  tensors.set('head.bias', { shape: [3], data: new Float32Array(3) });
  const metadata = { num_heads: '2', mean: '0.5,0.5,0.5', std: '0.5,0.5,0.5' };
  await writeFile(join(path, 'model.safetensors'), writeSafetensors(tensors, metadata));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), JSON.stringify(content));
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-evaluate-'));
  colours = join(folder, 'colours');
  for (const [name, column] of Object.entries(COLUMN)) {
    await mkdir(join(colours, name), { recursive: true });
    for (let i = 0; i < each; i++) {
      const background = [60, 60, 60].map((value, c) => (c === column ? 200 + i : value)) as [number, number, number];
      const [r, g, b] = background;
      const picture = sharp({ create: { width: 20, height: 20, channels: 3, background: { r, g, b } } });
      await picture.png().toFile(join(colours, name, `${i}.png`));
    }
  }
  const id2label = Object.fromEntries(LABELS.map((label, index) => [String(index), label]));
  named = await writeModel(join(folder, 'named'), { 'config.json': { hidden_size: width, num_attention_heads: 2, id2label } });
  unnamed = await writeModel(join(folder, 'unnamed'), {});
});

afterAll(() => rm(folder, { recursive: true }));

const reportSchema = z.object({
  schedule: z.string(),
  tokensLeft: z.number(),
  gmacs: z.number(),
  evaluation: z.object({ images: z.number(), accuracy: z.number() }),
});

describe('evaluate, an unadapted classifier', () => {
  it('finds its classes by their names', async () => {
    const { code, output } = await pyra(['evaluate', '--model', named, '--data', colours, '--part', 'train', '--json']);
    expect(code).toBe(0);
    const report = reportSchema.parse(JSON.parse(output));
    expect(report).toMatchObject({ schedule: 'none', tokensLeft: 17, evaluation: { accuracy: 1 } });
  });

  it('says how pixels are normalised, and what says so', async () => {
    const args = ['evaluate', '--model', named, '--data', colours, '--part', 'train'];
    expect((await pyra(args)).output).toMatch(
      /^Pixels are normalised with mean 0\.5, 0\.5, 0\.5 .*, from the file's metadata\.$/m,
    );
    const asked = await pyra([...args, '--mean', '0.4,0.5,0.6', '--std', '0.2,0.3,0.4']);
    expect(asked.output).toMatch(/mean 0\.4, 0\.5, 0\.6 and deviation 0\.2, 0\.3, 0\.4, from what was asked for\./);
    const half = await pyra([...args, '--mean', '0.4,0.5,0.6']);
    expect(half.output).toMatch(/mean 0\.4, .* deviation 0\.5, .*, from the file's metadata, the mean as it was asked for\./);
  });

  it('takes them in their order where they have no names, and says so', async () => {
    const { output, errors } = await pyra(['evaluate', '--model', unnamed, '--data', colours, '--part', 'train', '--json']);
    expect(errors).toContain("names no classes, so its outputs are taken in the order of colours's: blue, green, red");
    // Blue, green and red stand where the head has red, blue and green.
    expect(reportSchema.parse(JSON.parse(output)).evaluation.accuracy).toBe(0);
  });

  it('measures each schedule, as a table and for machines', async () => {
    const args = ['evaluate', '--model', named, '--data', colours, '--part', 'train', '--schedules', 'none 4,2'];
    const { code, output } = await pyra(args);
    expect(code).toBe(0);
    expect(output).toMatch(/schedule +tokens left +GMACs +accuracy/);
    expect(output).toMatch(/\n4,2 +11 +[\d.]+ +100\.00 %/);
    const reports = z.array(reportSchema).parse(JSON.parse((await pyra([...args, '--json'])).output));
    expect(reports.map(({ schedule, tokensLeft }) => [schedule, tokensLeft])).toEqual([
      ['none', 17],
      ['4,2', 11],
    ]);
    expect(reports[1]!.gmacs).toBeLessThan(reports[0]!.gmacs);
  });

  it.each<[string, () => string[], string | RegExp]>([
    ['nothing to measure', () => ['evaluate'], 'evaluate: give --weights FILE, or --model FILE for an unadapted classifier'],
    ['no data', () => ['evaluate', '--model', named], 'give a data set with --data'],
    [
      'a head of other classes',
      () => ['evaluate', '--model', 'public/models/photo-formula-vit.safetensors', '--data', colours],
      /colours: has 3 classes, blue, green, red, .* tells apart 200 classes without names; .*--map-classes/,
    ],
    [
      'a schedule that does not fit',
      () => ['evaluate', '--model', named, '--data', colours, '--schedules', '9,0'],
      /block 0 would merge 9 tokens/,
    ],
  ])('refuses %s', async (_, args, sentence) => {
    const { code, output, errors } = await pyra(args());
    expect(errors).toMatch(sentence);
    expect(errors.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, output }).toEqual({ code: 2, output: '' });
  });
});
