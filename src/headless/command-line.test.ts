import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PlaygroundError } from '../vit/errors.js';
import { runSchema } from '../protocol/runs/run.js';
import { pyra } from '../testing/command-line.js';
import { drawColours } from '../testing/pictures/colours.js';
import { runCommandLine } from './command-line.js';

let folder = '';
let colours = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-command-line-'));
  colours = join(folder, 'colours');
  await drawColours(colours, 15, ['red', 'green', 'blue'], { parts: true });
});

afterAll(() => rm(folder, { recursive: true }));

const PROBE = ['--method', 'none', '--peft', 'linear', '--image-size', '16', '--lr', '0.3', '--batch', '8', '--epochs', '12'];

async function refuses(args: readonly string[], sentence: string | RegExp): Promise<void> {
  const { code, output, errors } = await pyra(args);
  expect(errors).toMatch(sentence);
  expect(errors.trimEnd().split('\n')).toHaveLength(1);
  expect({ code, output }).toEqual({ code: 2, output: '' });
}

describe('the command line', () => {
  it('says what commands there are', async () => {
    expect(await pyra(['--help'])).toMatchObject({ code: 0, errors: '', output: expect.stringContaining('adapt') });
    await refuses([], 'no command was given; the commands are adapt');
    await refuses(['adopt'], "there is no command 'adopt'");
  });

  it.each(['adapt', 'evaluate', 'inspect', 'verify'])('explains %s', async (command) => {
    const { code, output } = await pyra([command, '--help']);
    expect(code).toBe(0);
    expect(output).toContain(`npm run -s pyra -- ${command}`);
    expect(output).toContain('--json');
  });

  it('offers the columns of a table that is refused for want of a label, by the option that chooses one', async () => {
    const set = join(folder, 'described');
    await mkdir(set);
    const picture = await readFile(join(colours, 'train/red/0.png'));
    for (let i = 0; i < 8; i++) await writeFile(join(set, `${i}.png`), picture);
    const rows = Array.from({ length: 8 }, (_, i) => `${i}.png,${i},${i % 2 ? 'm' : 'f'}`);
    await writeFile(join(set, 'meta.csv'), ['path,age,gender', ...rows].join('\n'));
    await refuses(['inspect', set], /labels; choose one: --label-column 'gender': the column 'gender' \(2 classes: f, m\)$/m);
  });

  it.each<[string, readonly string[], string | RegExp]>([
    ['an unknown option', ['adapt', '--learning', '1'], /^adapt: unknown option '--learning'/],
    ['an option without its value', ['adapt', '--lr'], /^adapt: option '--lr <value>' argument missing/],
    ['a stray word', ['adapt', 'folder'], /^adapt: 'folder' is no option/],
    ['a rate that is no number', ['adapt', '--lr', 'fast'], "--lr is 'fast', expected a number"],
    ['a rate beyond reason', ['adapt', '--lr', '99'], '--lr is 99, expected at most 1'],
    ['half an epoch', ['adapt', '--epochs', '0.5'], '--epochs is 0.5, expected a whole number'],
    ['no epochs', ['adapt', '--epochs', '0'], '--epochs is 0, expected at least 1'],
    ['epochs below nought', ['adapt', '--epochs', '-1'], '--epochs is -1, expected at least 1'],
    ['a rate below nought', ['adapt', '--lr', '-.5'], '--lr is -0.5, expected at least 0'],
    ['a method that there is not', ['adapt', '--method', 'shuffle'], "--method is 'shuffle', expected one of none, tome, pyra"],
    ['a seed below 0', ['adapt', '--seed', '-1'], /--seed/],
    ['a rank beyond the channels', ['adapt', '--rank', '200'], /^rank: LoRA's rank 200 is more than the model's 96 channels/],
    ['a side that patches do not fill', ['adapt', '--image-size', '60'], /^image-size: 60 pixels are no multiple .* 8 pixels/],
    ['a schedule that is none', ['adapt', '--schedule', 'some'], "schedule: 'some' is not a schedule"],
    ['a schedule of another depth', ['adapt', '--schedule', '4,4'], 'has 2 numbers, but the model has 12 blocks'],
    ['a schedule that merges too much', ['adapt', '--schedule', '40,0,0,0,0,0,0,0,0,0,0,0'], /block 0 would merge 40 tokens/],
    ['a task that there is not', ['adapt', '--data', 'task:cats'], "there is no task 'cats'"],
    ['data that is not there', ['adapt', '--data', '/nowhere/at/all'], '/nowhere/at/all: there is no such file or folder'],
    ['a model that is not there', ['adapt', '--model', '/nowhere.npz'], '/nowhere.npz: there is no such file'],
    [
      'an output that is a file',
      ['adapt', '--out', 'package.json', '--image-size', '16'],
      "--out: 'package.json' is there already",
    ],
    ['no weights', ['evaluate'], 'evaluate: give --weights FILE, or --model FILE'],
    [
      'a backbone as adapted weights',
      ['evaluate', '--weights', 'public/models/photo-formula-vit.safetensors'],
      'was not adapted',
    ],
    ['nothing to verify', ['verify'], 'verify: no file was given'],
    ['nothing to inspect', ['inspect'], 'inspect: no file or folder was given'],
    ['two things to inspect', ['inspect', 'a', 'b'], "'b' was given too"],
    ['what is nothing known', ['inspect', 'package.json'], 'package.json: is no weights file, no data set and no run'],
  ])('refuses %s', (_, args, sentence) => refuses(args, sentence));

  it('refuses a data set of one class, and one without pictures', async () => {
    const one = join(folder, 'one');
    await drawColours(one, 2, ['red']);
    await refuses(['adapt', '--data', one], /^one: its 2 pictures lie in one folder/);
    await mkdir(join(folder, 'empty'));
    await refuses(['adapt', '--data', join(folder, 'empty')], /empty: holds no pictures/);
  });

  it('adapts, writes a run and weights, and measures the same again', async () => {
    const out = join(folder, 'run');
    const { code, output, errors } = await pyra(['adapt', '--data', colours, ...PROBE, '--out', out]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/Pixels are normalised with mean 0\.5, 0\.5, 0\.5 and deviation 0\.5, 0\.5, 0\.5, from .*\./);
    expect(output).toMatch(/epoch 12 of 12: loss [\d.]+, accuracy [\d.]+ %; validation loss/);
    const record = runSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
    expect(record).toMatchObject({
      state: 'finished',
      name: 'colours-none-linear-seed0',
      configuration: { data: 'colours', model: 'bundled', epochs: 12, warmupEpochs: 1.2, learningRate: 0.3, batchSize: 8 },
      pictures: { train: 36, validation: 9, test: 0 },
      schedule: Array<number>(12).fill(0),
    });
    expect(record.validation?.accuracy).toBeGreaterThan(0.6);
    const weights = join(out, 'adapted.safetensors');
    const measured = await pyra(['evaluate', '--weights', weights, '--data', colours, '--json']);
    expect(measured.code).toBe(0);
    const report = z
      .object({ part: z.string(), reported: z.number(), evaluation: z.object({ accuracy: z.number(), loss: z.number() }) })
      .parse(JSON.parse(measured.output));
    expect(report.part).toBe('validation');
    expect(report.evaluation.accuracy).toBe(record.validation?.accuracy);
    expect(report.evaluation.loss).toBe(record.validation?.loss);
    expect(report.reported).toBe(record.validation?.accuracy);
  });

  it('writes the same bytes for the same seed, and others for another', async () => {
    const files = await Promise.all(
      ['0', '0', '1'].map(async (seed, i) => {
        const out = join(folder, `seed-${i}`);
        await pyra(['adapt', '--data', colours, ...PROBE, '--seed', seed, '--out', out]);
        return readFile(join(out, 'adapted.safetensors'));
      }),
    );
    expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(true);
    expect(files[0]?.equals(files[2] ?? Buffer.alloc(0))).toBe(false);
  });

  it('prints one JSON value for machines, and words to standard error', async () => {
    const { output, errors } = await pyra(['adapt', '--data', colours, ...PROBE, '--out', join(folder, 'json'), '--json']);
    const { run, files } = z.object({ run: runSchema, files: z.array(z.string()) }).parse(JSON.parse(output));
    expect(run.state).toBe('finished');
    expect(files.map((file) => existsSync(file))).toEqual([true, true]);
    expect(errors).toContain('epoch 12 of 12');
  });

  it('names broken pictures and goes on without them', async () => {
    const some = join(folder, 'some');
    await drawColours(some, 6, ['red', 'green']);
    const whole = await readFile(join(some, 'red', '0.png'));
    await writeFile(join(some, 'red', 'cut.png'), whole.subarray(0, whole.length - 20));
    const out = join(folder, 'some-run');
    const { code, errors, output } = await pyra(['adapt', '--data', some, ...PROBE, '--out', out, '--epochs', '1']);
    expect(errors).toMatch(/^Left out: red\/cut\.png/);
    expect(output).toContain('Classes by folders: green 6, red 6\n');
    expect(code).toBe(0);
    const record = runSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
    expect(record.pictures.train + record.pictures.validation + record.pictures.test).toBe(12);
  });

  it('stops at Ctrl-C after the step and still writes the results', async () => {
    const out = join(folder, 'stopped');
    const { code, output } = await pyra(['adapt', '--data', colours, ...PROBE, '--epochs', '50', '--out', out], {
      interrupt: (stop) => ({
        onSubmit: (step) => {
          if (step === 9) stop();
        },
      }),
    });
    expect(code).toBe(0);
    expect(output).toContain('Stopped after 2 of 50 epochs');
    expect(runSchema.parse(JSON.parse(await readFile(join(out, 'run.json'), 'utf8'))).state).toBe('stopped');
    expect((await pyra(['evaluate', '--weights', join(out, 'adapted.safetensors'), '--data', colours])).code).toBe(0);
  });

  it('goes on with an interrupted run to the same bytes, and only as it was started', async () => {
    const stopAt = (wanted: number) => ({
      interrupt: (stop: () => void) => ({
        onSubmit: (step: number) => {
          if (step === wanted) stop();
        },
      }),
    });
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
    const options = ['--data', colours, ...PROBE, '--name', 'one'];
    expect((await pyra(['adapt', ...options, '--out', whole])).code).toBe(0);
    await pyra(['adapt', ...options, '--out', parts], stopAt(13));
    const checkpoint = join(parts, 'checkpoint.safetensors');
    const fewer = join(folder, 'fewer');
    await drawColours(fewer, 5, ['red', 'green', 'blue']);
    expect(existsSync(checkpoint)).toBe(true);
    const resume = ['adapt', '--resume', parts, '--data', colours];
    await refuses([...resume, '--epochs', '99'], '--epochs: would change the run that --resume goes on with');
    await refuses([...resume, '--flip'], '--flip: would change the run that --resume goes on with');
    await refuses(['adapt', '--resume', parts, '--data', fewer], /was trained on 36 \+ 9 \+ 0 pictures of 3 classes/);
    const others = join(folder, 'others', 'colours');
    await drawColours(others, 15, ['red', 'green', 'blue'], { seed: 8, parts: true });
    const other = await pyra(['adapt', '--resume', parts, '--data', others]);
    expect(other.errors).toMatch(/^one: was begun on other pictures: .*'colours'.* with --data\n$/);
    expect(other.code).toBe(2);
    await pyra(resume, stopAt(30));
    const { code, output } = await pyra(resume);
    expect(code).toBe(0);
    expect(output).toMatch(/Going on after epoch 7 of 12\nepoch 8 of 12/);
    const [expected, found] = await Promise.all([whole, parts].map((run) => readFile(join(run, 'adapted.safetensors'))));
    expect(found?.equals(expected ?? Buffer.alloc(0))).toBe(true);
    const record = runSchema.parse(JSON.parse(await readFile(join(parts, 'run.json'), 'utf8')));
    expect(record).toMatchObject({ state: 'finished', name: 'one' });
    expect(record.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(existsSync(checkpoint)).toBe(false);
    await refuses(resume, /parts has no checkpoint\.safetensors: no epoch of a run ended there, or the run is finished/);
  });

  it('answers no where the loss is not finite, and keeps the best epoch', async () => {
    const out = join(folder, 'infinite');
    const { code, output } = await pyra(['adapt', '--data', colours, ...PROBE, '--out', out], { network: { notFiniteFrom: 5 } });
    expect(code).toBe(1);
    expect(output).toContain('not finite at step 5 (epoch 2)');
    expect((await pyra(['evaluate', '--weights', join(out, 'adapted.safetensors'), '--data', colours])).output).toContain(
      'the same',
    );
  });

  it('leaves what is there where it fails', async () => {
    const out = join(folder, 'kept');
    await mkdir(out);
    await writeFile(join(out, 'run.json'), 'mine');
    await refuses(['adapt', '--data', colours, '--rank', '1000', '--out', out], /^--rank is 1000/);
    expect(await readFile(join(out, 'run.json'), 'utf8')).toBe('mine');
  });

  it('measures weights by the names of classes, and refuses those that it does not know, with both lists', async () => {
    const weights = join(folder, 'run', 'adapted.safetensors');
    const two = join(folder, 'two');
    await drawColours(two, 5, ['red', 'green'], { parts: true });
    const some = await pyra(['evaluate', '--weights', weights, '--data', two]);
    expect(some).toMatchObject({ code: 0, errors: '', output: expect.not.stringContaining('blue') });
    expect(some.output).toContain('The run reported');
    expect(some.output).toContain('are not the ones that it was measured on');
    const named = join(folder, 'named');
    await drawColours(named, 5, ['rouge', 'green'], { parts: true });
    await refuses(
      ['evaluate', '--weights', weights, '--data', named],
      /^named: has 2 classes, green, rouge, of which rouge is unknown to .*, which tells apart 3 classes: blue, green, red; .*--map-classes/,
    );
    const measured = await pyra(['evaluate', '--weights', weights, '--data', named, '--map-classes', 'rouge=red', '--json']);
    expect(z.object({ classes: z.array(z.string()) }).parse(JSON.parse(measured.output)).classes).toEqual([
      'blue',
      'green',
      'red',
    ]);
    await refuses(['evaluate', '--weights', weights, '--data', named, '--map-classes', 'rouge'], "--map-classes has 'rouge'");
  });

  it('inspects weights, adapted weights, data and runs', async () => {
    const backbone = await pyra(['inspect', 'public/models/photo-formula-vit.safetensors']);
    expect(backbone).toMatchObject({ code: 0, output: expect.stringContaining('12 blocks, 96 channels, 3 heads') });
    expect((await pyra(['inspect', join(folder, 'run', 'adapted.safetensors')])).output).toContain('to 3 classes of colours');
    expect((await pyra(['inspect', join(folder, 'run', 'run.json')])).output).toContain('finished after 12 of 12 epochs');
    const data = await pyra(['inspect', join(folder, 'some'), '--json']);
    const report = z.object({ problems: z.array(z.object({ name: z.string() })) }).parse(JSON.parse(data.output));
    expect(report.problems.map((problem) => problem.name)).toEqual(['red/cut.png']);
    const cut = join(folder, 'cut.safetensors');
    await writeFile(cut, (await readFile('public/models/photo-formula-vit.safetensors')).subarray(0, 100_000));
    const damaged = await pyra(['inspect', cut]);
    expect(damaged.code).toBe(2);
    expect(damaged.errors).toContain('cut.safetensors');
  });

  it('verifies: 0 where every tensor is within its bound, 1 where one is over', async () => {
    const [good, bad] = [join(folder, 'good'), join(folder, 'bad')];
    await writeFile(good, 'a file of some length');
    await writeFile(bad, 'short');
    expect((await pyra(['verify', good])).code).toBe(0);
    const { code, output } = await pyra(['verify', good, bad]);
    expect(code).toBe(1);
    expect(output).toMatch(/logits +3\.00e-7 +of 2\.0e-5 +OVER/);
    expect(output).toMatch(/bad: FAILED, 1 of 1 tensors are over/);
  });

  it('sweeps over methods, schedules and seeds, and trains none twice', async () => {
    const out = join(folder, 'sweep');
    const args = ['sweep', '--data', colours, '--peft', 'linear', '--image-size', '16', '--batch', '8', '--epochs', '1'];
    const choices = ['--methods', 'none,tome', '--schedules', '1 2', '--seeds', '0,1', '--out', out];
    let submitted = 0;
    const network = { onSubmit: () => submitted++ };
    const first = await pyra([...args, ...choices], { network });
    expect(first.code).toBe(0);
    // Without merging there is no schedule: two runs; with ToMe two schedules and two seeds. Four steps each.
    expect(submitted).toBe(6 * 4);
    const table = await readFile(join(out, 'sweep.csv'), 'utf8');
    expect(table.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^method,schedule,seed,gmacs/),
      expect.stringMatching(/^none,none,0,[\d.]+,5,[\d.]+,,[\d.]+,,finished,linear,bundled,colours$/),
    ]);
    const again = await pyra([...args, ...choices, '--json'], { network });
    expect(submitted).toBe(6 * 4);
    expect(z.object({ runs: z.array(runSchema) }).parse(JSON.parse(again.output)).runs).toHaveLength(6);
    const cut = join(folder, 'cut-sweep');
    const steps: number[] = [];
    const twice = [...args.slice(0, -1), '2', '--methods', 'none', '--seeds', '0,1', '--out', cut];
    const interrupted = await pyra(twice, {
      interrupt: (stop) => ({
        onSubmit: (step) => {
          steps.push(step);
          if (steps.length === 13) stop();
        },
      }),
    });
    expect(interrupted.code).toBe(0);
    // The second run of eight steps stopped in its second epoch: only that epoch is trained again.
    const before = steps.length;
    await pyra(twice, { network: { onSubmit: (step) => steps.push(step) } });
    expect(steps.slice(before)).toEqual([4, 5, 6, 7]);
    await refuses([...args, '--methods', 'none,shuffle'], "--methods has 'shuffle'");
    await refuses([...args, '--seeds', 'x'], "--seeds has 'x'");
    await refuses([...args, '--schedules', '9', '--methods', 'tome', '--out', 'package.json', '--epochs', '0'], /^--epochs is 0/);
  });

  it('tells a machine that has no adapter from bad input', async () => {
    let errors = '';
    const code = await runCommandLine(['verify', 'package.json'], {
      output: { write: () => undefined },
      errors: { write: (text) => (errors += text) },
      onInterrupt: () => () => undefined,
      openEngine: () => Promise.reject(new PlaygroundError('gpu.unavailable', 'no WebGPU adapter: install a driver')),
      openMachine: () => Promise.reject(new PlaygroundError('gpu.unavailable', 'no WebGPU adapter: install a driver')),
    });
    expect({ code, errors }).toEqual({ code: 1, errors: 'no WebGPU adapter: install a driver\n' });
  });
});
