import { mkdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSafetensors, writeSafetensors } from '../../containers/safetensors/safetensors.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../engine/training/checkpoint.js';
import { runSchema } from '../../protocol/runs/run.js';
import { drawColours } from '../../testing/pictures/colours.js';
import { pyra, type Result } from '../../testing/command-line.js';
import { byteSourceFromPath } from '../inputs/files.js';

const PROBE = ['--method', 'none', '--peft', 'linear', '--image-size', '16', '--lr', '0.3', '--batch', '8', '--epochs', '3'];
const BUNDLED_FILE = 'public/models/photo-formula-vit.safetensors';

/** Data, a backbone and a run of them, which each test has for itself. */
let made = '';
let folder = '';
const at = (...path: string[]): string => join(folder, ...path);

async function adapt(...options: string[]): Promise<Result> {
  return pyra(['adapt', '--data', at('colours'), '--model', at('vit.safetensors'), ...PROBE, '--out', at('run'), ...options]);
}

/** The sentence comes last: what was noticed on the way stands before it. */
async function fails({ code, errors }: Result, sentence: RegExp): Promise<void> {
  expect(errors.trimEnd().split('\n').at(-1)).toMatch(sentence);
  expect(code).toBe(2);
}

/** The same sizes, and other numbers. */
async function changeWeights(path: string): Promise<void> {
  const file = await openSafetensors(await byteSourceFromPath(path));
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array<ArrayBuffer> }>();
  for (const name of file.tensors.keys()) {
    const { shape, data } = await file.read(name);
    tensors.set(name, { shape, data: name === 'norm.bias' ? data.map((value) => value + 1) : data });
  }
  await writeFile(path, writeSafetensors(tensors, file.metadata));
}

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'pyra-runs-made-'));
  await drawColours(join(made, 'colours'), 10, ['red', 'green', 'blue'], { parts: true });
  await drawColours(join(made, 'others', 'colours'), 10, ['red', 'green', 'blue'], { seed: 8, parts: true });
  await cp(BUNDLED_FILE, join(made, 'vit.safetensors'));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-runs-'));
  await cp(made, folder, { recursive: true });
});

afterEach(() => rm(folder, { recursive: true }));
afterAll(() => rm(made, { recursive: true }));

it('reports what keeping activations in half precision saves', async () => {
  const { code, output } = await adapt('--half-activations');
  expect(code).toBe(0);
  expect(output).toContain(
    'Half-precision activations: training takes 1.0 MiB instead of 2.0 MiB; forward and merges are unchanged',
  );
  expect((await adapt('--force')).output).not.toContain('Half-precision');
});

describe('a run’s folder', () => {
  it('knows where its backbone and its data were, so they need not be given again', async () => {
    expect((await adapt()).code).toBe(0);
    const measured = await pyra(['evaluate', '--weights', at('run')]);
    expect(measured).toMatchObject({ code: 0, errors: '' });
    expect(measured.output).toContain('of colours');
    expect(measured.output).toMatch(/^Pixels are normalised with mean .* and deviation .*, as it was trained\.$/m);
    expect(measured.output).toMatch(/The run reported [\d.]+ %: the same/);
    expect((await pyra(['evaluate', '--weights', at('run', 'adapted.safetensors')])).code).toBe(0);
    const exported = await pyra(['export', at('run'), '--to', 'onnx']);
    expect(exported).toMatchObject({ code: 0, errors: '' });
  });

  it('is not measured or exported on another bundled backbone than its own, but on its own where that is given', async () => {
    const adapted = await pyra(['adapt', '--data', at('colours'), ...PROBE, '--out', at('run')]);
    expect(adapted.code).toBe(0);
    await rm(at('run', 'local.json'));
    const record = runSchema.parse(JSON.parse(await readFile(at('run', 'run.json'), 'utf8')));
    const { numerics: _numerics, backboneFingerprint, ...older } = record;
    expect(backboneFingerprint).toMatch(/^[0-9a-f]{32}$/);
    const refused = /^colours-none-linear-seed0: was trained on the backbone that an earlier version bundled.* with --model$/;
    const commands = [
      ['evaluate', '--weights', at('run'), '--data', at('colours')],
      ['export', at('run'), '--to', 'timm', '--out', at('timm')],
    ];
    for (const command of commands) {
      for (const other of [older, { ...record, backboneFingerprint: '0'.repeat(32) }]) {
        await writeFile(at('run', 'run.json'), JSON.stringify(other));
        await fails(await pyra(command), refused);
      }
      const own = ['--model', BUNDLED_FILE];
      expect((await pyra([...command, ...own])).code).toBe(0);
      await rm(at('timm'), { recursive: true, force: true });
      await writeFile(at('run', 'run.json'), JSON.stringify({ ...older, backboneFingerprint }));
      expect((await pyra(command)).code).toBe(0);
    }
  });

  it('gives none of that away: not in the record, not in the weights, not in an export', async () => {
    await adapt();
    await pyra(['export', at('run'), '--to', 'timm']);
    expect(await readFile(at('run', 'local.json'), 'utf8')).toContain(folder);
    const written = [at('run', 'run.json'), at('run', 'adapted.safetensors')];
    const names = await readdir(at('run-timm'));
    expect(names).not.toContain('local.json');
    for (const file of [...written, ...names.map((name) => at('run-timm', name))]) {
      expect((await readFile(file)).includes(folder), file).toBe(false);
    }
  });

  it('says what is gone, or has changed, and which option gives it', async () => {
    await adapt();
    await changeWeights(at('vit.safetensors'));
    const bare = ['export', at('run'), '--to', 'pyra'];
    await fails(await pyra(bare), /run: its backbone, .*vit\.safetensors, has other weights .* --model$/m);
    const given = await pyra([...bare, '--model', at('vit.safetensors')]);
    expect(given.code).toBe(0);
    expect(given.errors).toMatch(/run: was trained on other weights than those of '.*vit\.safetensors'/);
    await rm(at('vit.safetensors'));
    await fails(
      await pyra(['export', at('run'), '--to', 'timm']),
      /run: was trained on 'vit\.safetensors', which is no longer at .*vit\.safetensors; give that backbone with --model/,
    );
    await cp(BUNDLED_FILE, at('vit.safetensors'));
    await rename(at('colours'), at('moved'));
    const gone = await pyra(['evaluate', '--weights', at('run')]);
    await fails(gone, /was trained on 'colours', which is no longer at .*colours; give that data set with --data/);
    expect((await pyra(['evaluate', '--weights', at('run'), '--data', at('moved')])).output).toContain(': the same');
    await cp(at('others', 'colours'), at('colours'), { recursive: true });
    const changed = await pyra(['evaluate', '--weights', at('run')]);
    await fails(changed, /the pictures in .*colours are not the ones any more .*; give the data set with --data/);
  });

  it('is measured on its own pictures if the data set has grown, with a note', async () => {
    await adapt();
    await cp(at('others', 'colours', 'train', 'red', '0.png'), at('colours', 'train', 'red', 'new.png'));
    const { code, output } = await pyra(['evaluate', '--weights', at('run')]);
    expect(code).toBe(0);
    expect(output).toMatch(
      /on these very pictures, and it is the same; but the data set has changed since: it has 25 \+ 6 \+ 0 pictures .* had 24 \+ 6 \+ 0$/m,
    );
    expect(output).not.toContain('%: the same');
  });

  it('is measured on other pictures if they are given, with a note', async () => {
    await adapt();
    const { code, output } = await pyra(['evaluate', '--weights', at('run'), '--data', at('others', 'colours')]);
    expect(code).toBe(0);
    expect(output).toMatch(/on other pictures: those of the validation part of colours are not the ones/);
    expect(output).not.toContain(': the same');
  });

  it('that was adapted without merging is measured at each rate, merging as in ToMe, with a note', async () => {
    await adapt();
    const { code, output, errors } = await pyra(['evaluate', '--weights', at('run'), '--schedules', 'none 1']);
    expect(code).toBe(0);
    expect(errors).toContain('1: was adapted without merging; merged as ToMe does');
    expect(output).toMatch(/\nnone +5 .*\n1 +2 /);
  });

  it('is not written over without --force', async () => {
    await adapt();
    const before = await readFile(at('run', 'run.json'), 'utf8');
    await fails(await adapt('--seed', '1'), /^--out: '.*run' has a run already \(run\.json\); --force writes over it/);
    expect(await readFile(at('run', 'run.json'), 'utf8')).toBe(before);
    expect((await adapt('--seed', '1', '--force')).code).toBe(0);
    expect(runSchema.parse(JSON.parse(await readFile(at('run', 'run.json'), 'utf8'))).configuration.seed).toBe(1);
  });
});

const stopAt = (wanted: number): { interrupt: (stop: () => void) => { onSubmit: (step: number) => void } } => ({
  interrupt: (stop) => ({
    onSubmit: (step) => {
      if (step === wanted) stop();
    },
  }),
});

describe('a run that was interrupted', () => {
  const begin = (): Promise<Result> =>
    pyra(['adapt', '--data', at('colours'), '--model', at('vit.safetensors'), ...PROBE, '--out', at('run')], stopAt(5));

  it('goes on with what it was begun on, without being told', async () => {
    await begin();
    const again = await adapt();
    await fails(again, /has a run already \(run\.json\); --resume goes on with it, and --force writes over it/);
    expect(await pyra(['adapt', '--resume', at('run')])).toMatchObject({ code: 0, errors: '' });
    expect(await readdir(at('run'))).toEqual(['adapted.safetensors', 'local.json', 'run.json']);
  });

  it('goes on with the same backbone in another form, and with no other', async () => {
    await begin();
    expect((await pyra(['convert', at('vit.safetensors'), '--to', 'hf', '--out', at('hf')])).code).toBe(0);
    await changeWeights(at('vit.safetensors'));
    const resume = ['adapt', '--resume', at('run')];
    await fails(
      await pyra(resume),
      /its backbone, .*, has other weights than when it was trained; give the right one with --model/,
    );
    const other = await pyra([...resume, '--model', at('vit.safetensors')]);
    await fails(other, /^--model: .*run: was trained on other weights than those of/);
    expect((await pyra([...resume, '--model', at('hf')])).code).toBe(0);
  });

  it('goes on with no other pictures that are called the same', async () => {
    await begin();
    const other = await pyra(['adapt', '--resume', at('run'), '--data', at('others', 'colours')]);
    await fails(other, /was begun on other pictures: the data set in use, 'colours', .* with --data/);
  });

  it('goes on with none that an earlier version began, and measures and exports it', async () => {
    await begin();
    const path = at('run', 'checkpoint.safetensors');
    const { record, ...checkpoint } = await decodeCheckpoint(await byteSourceFromPath(path));
    const { numerics: _numerics, ...older } = record;
    await writeFile(path, encodeCheckpoint({ ...checkpoint, record: older }));
    await writeFile(at('run', 'run.json'), JSON.stringify({ ...older, state: 'stopped' }));
    const resumed = await pyra(['adapt', '--resume', at('run')]);
    await fails(
      resumed,
      /^colours-none-linear-seed0: was computed with numerics 1, and this version computes with \d+ on such a machine: .* start a new run$/,
    );
    expect((await pyra(['evaluate', '--weights', at('run')])).code).toBe(0);
    expect((await pyra(['export', at('run'), '--to', 'timm', '--out', at('timm')])).code).toBe(0);
  });

  it('loses what a killed process left half-written', async () => {
    await begin();
    await writeFile(at('run', 'checkpoint.safetensors.1.part'), 'half');
    await pyra(['adapt', '--resume', at('run')]);
    expect((await readdir(at('run'))).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('a run whose folder takes no more', () => {
  it('ends with a sentence and 1, leaves its last checkpoint whole, and goes on from there to the same bytes', async () => {
    const checkpoint = at('run', 'checkpoint.safetensors');
    const blocked = `${checkpoint}.${process.pid}.part`;
    const options = ['adapt', '--data', at('colours'), '--model', at('vit.safetensors'), ...PROBE];
    // In the second epoch something comes to stand where the next checkpoint is written.
    const failed = await pyra([...options, '--out', at('run')], {
      network: {
        onSubmit: (step) => {
          if (step === 5) mkdirSync(blocked);
        },
      },
    });
    expect(failed.code).toBe(1);
    expect(failed.output).toContain(`Failed: ${checkpoint}: could not be written: a folder is there`);
    await rm(blocked, { recursive: true });
    expect(await readFile(at('run', 'run.json'), 'utf8')).not.toContain(folder);
    expect((await readdir(at('run'))).sort()).toEqual([
      'adapted.safetensors',
      'checkpoint.safetensors',
      'local.json',
      'run.json',
    ]);
    expect((await pyra(['adapt', '--resume', at('run')])).code).toBe(0);
    expect((await pyra([...options, '--out', at('whole')])).code).toBe(0);
    const [whole, resumed] = await Promise.all(['whole', 'run'].map((run) => readFile(at(run, 'adapted.safetensors'))));
    expect(resumed?.equals(whole ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('a sweep', () => {
  const sweep = (data: string, ...options: string[]): Promise<Result> =>
    pyra([
      'sweep',
      ...[
        '--data',
        data,
        '--methods',
        'none',
        '--peft',
        'linear',
        '--image-size',
        '16',
        '--batch',
        '8',
        '--epochs',
        '1',
        '--json',
      ],
      ...['--out', at('sweep'), ...options],
    ]);
  const runs = ({ output }: Result) => z.object({ runs: z.array(runSchema) }).parse(JSON.parse(output)).runs;

  it('takes no run on other pictures, or with other settings, for its own: each gets a folder of its own', async () => {
    const first = await sweep(at('colours'));
    const again = await sweep(at('colours'));
    expect(again.errors).not.toContain('Run 1 of');
    expect(runs(again)[0]!.id).toBe(runs(first)[0]!.id);
    await fails(
      await sweep(at('others', 'colours')),
      /a finished run of this name was on other pictures, called 'colours' as well: train anew with --force, or in another .* --out$/,
    );
    const second = await sweep(at('others', 'colours'), '--force');
    expect(runs(second)[0]!.dataFingerprint).not.toEqual(runs(first)[0]!.dataFingerprint);
    const longer = await sweep(at('colours'), '--epochs', '2');
    expect(longer.errors).not.toContain('on other pictures');
    expect(runs(longer)[0]!.epochs).toHaveLength(2);
    expect((await readdir(at('sweep'))).filter((name) => name.startsWith('colours-none'))).toHaveLength(3);
    expect(runs(await sweep(at('colours')))[0]!.id).toBe(runs(first)[0]!.id);
  });

  it('trains again with --force, in the same folder', async () => {
    const first = await sweep(at('colours'));
    const forced = await sweep(at('colours'), '--force');
    expect(runs(forced)[0]!.id).not.toBe(runs(first)[0]!.id);
    expect((await readdir(at('sweep'))).filter((name) => name.startsWith('colours-none'))).toHaveLength(1);
  });

  it('tells the same pictures that are labelled otherwise', async () => {
    await sweep(at('colours'));
    await mkdir(at('swapped'));
    await cp(at('colours'), at('swapped', 'colours'), { recursive: true });
    for (const part of ['train', 'val']) {
      const inside = (name: string): string => at('swapped', 'colours', part, name);
      await rename(inside('red'), inside('x'));
      await rename(inside('green'), inside('red'));
      await rename(inside('x'), inside('green'));
    }
    await fails(await sweep(at('swapped', 'colours')), /a finished run of this name was on other pictures/);
  });
});
