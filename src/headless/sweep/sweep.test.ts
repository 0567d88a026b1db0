import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runSchema, type RunRecord } from '../../protocol/runs/run.js';
import { drawColours } from '../../testing/pictures/colours.js';
import { pyra, type Result } from '../../testing/command-line.js';
import { SEARCHED_RATES } from './points.js';

let folder = '';
const at = (...path: string[]): string => join(folder, ...path);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-sweep-'));
});
afterEach(() => rm(folder, { recursive: true }));

const SMALL = {
  format: 'pyra-playground-sweep',
  version: 1,
  peft: ['linear'],
  tasks: ['task:texture', 'task:count'],
  methods: ['none', 'tome'],
  schedules: ['1'],
  seeds: 2,
  settings: { imageSize: 16, epochs: 2, batchSize: 8, taskPictures: [16, 8, 16] },
} as const;

async function put(name: string, content: unknown): Promise<string> {
  await writeFile(at(name), JSON.stringify(content));
  return at(name);
}

const runs = ({ output }: Result): RunRecord[] => z.object({ runs: z.array(runSchema) }).parse(JSON.parse(output)).runs;

async function results(...folders: string[]): Promise<string> {
  const out = at('report');
  const { code, errors } = await pyra(['report', ...folders.map((name) => at(name)), '--out', out]);
  expect([code, errors]).toEqual([0, '']);
  return readFile(join(out, 'results.csv'), 'utf8');
}

describe('a sweep from a file', () => {
  it('runs every combination once, the runs of a pair one after the other, and later blocks with their own lists', async () => {
    const config = await put('a.json', {
      ...SMALL,
      seeds: 1,
      runs: [{}, { seeds: 2 }, { methods: ['pyra'], settings: { epochs: 1 } }],
    });
    const done = runs(await pyra(['sweep', config, '--out', at('out'), '--json']));
    expect(done.map(({ configuration: { data, method, seed, epochs } }) => `${data} ${method} ${seed} ${epochs}`)).toEqual([
      ...['task:texture none 0 2', 'task:texture tome 0 2', 'task:count none 0 2', 'task:count tome 0 2'],
      ...['task:texture none 1 2', 'task:texture tome 1 2', 'task:count none 1 2', 'task:count tome 1 2'],
      ...['task:texture pyra 0 1', 'task:count pyra 0 1'],
    ]);
    expect(done[0]?.pictures).toEqual({ train: 16, validation: 8, test: 16 });
  });

  it('comes to the same results in four shards as in one, and trains nothing twice', async () => {
    const config = await put('a.json', SMALL);
    await pyra(['sweep', config, '--out', at('whole')]);
    const shards = await Promise.all(
      [1, 2, 3, 4].map((shard) => pyra(['sweep', config, '--out', at('shards'), '--shard', `${shard}/4`])),
    );
    expect(shards.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(await results('shards')).toBe(await results('whole'));
    expect((await results('whole')).split('\n')).toHaveLength(8 + 2);
    const again = await pyra(['sweep', config, '--out', at('shards'), '--json'], {
      network: { onSubmit: () => expect.unreachable() },
    });
    expect(runs(again)).toHaveLength(8);
  });

  it('knows finished runs from a file of results, and trains only the others', async () => {
    await pyra(['sweep', await put('one.json', { ...SMALL, seeds: 1 }), '--out', at('earlier')]);
    await results('earlier');
    const config = await put('two.json', SMALL);
    const known = ['--known', at('report', 'results.json')];
    const { output } = await pyra(['sweep', config, '--out', at('out'), ...known, '--dry-run', '--json']);
    expect(z.object({ runs: z.number(), finished: z.number() }).parse(JSON.parse(output))).toEqual({ runs: 4, finished: 4 });
    expect(await readdir(folder)).not.toContain('out');
    await pyra(['sweep', config, '--out', at('out'), ...known]);
    expect((await readdir(at('out'))).filter((name) => name !== 'sweep.csv')).toHaveLength(4);
  });

  it('goes on after the last whole epoch wherever it was stopped, to the same results', async () => {
    const config = await put('a.json', SMALL);
    await pyra(['sweep', config, '--out', at('whole')]);
    // Eight runs of four steps.
    let steps = 0;
    for (const last of [3, 6, 1, 9]) {
      let mine = 0;
      await pyra(['sweep', config, '--out', at('cut')], {
        interrupt: (stop) => ({ onSubmit: () => (steps++, ++mine === last && stop()) }),
      });
    }
    await pyra(['sweep', config, '--out', at('cut')], { network: { onSubmit: () => steps++ } });
    expect(await results('cut')).toBe(await results('whole'));
    // A stop costs the steps since the last epoch's end, one or two of two; a run that was stopped at the end of an epoch costs none.
    expect(steps).toBeLessThanOrEqual(8 * 4 + 4 * 2);
  });
});

describe('a sweep from options', () => {
  it.each<[string, string[], string]>([
    ['the method of one run', ['--method', 'tome'], '--method: is for one run; a sweep takes --methods'],
    ['its schedule', ['--schedule', 'high'], '--schedule: is for one run; a sweep takes --schedules'],
    ['its seed', ['--seed', '3'], '--seed: is for one run; a sweep takes --seeds'],
    ['known runs that are not there', ['--known', 'nowhere'], "--known is 'nowhere', and nothing is there"],
  ])('refuses what would have no effect: %s', async (_, options, sentence) => {
    const { code, errors } = await pyra(['sweep', ...options, '--dry-run']);
    expect([code, errors]).toEqual([2, `${sentence}\n`]);
  });

  it('refuses switches beside a file, which says them itself', async () => {
    const config = await put('a.json', SMALL);
    const { code, errors } = await pyra(['sweep', config, '--flip', '--dry-run']);
    expect([code, errors]).toEqual([2, `--flip: is said by ${config} where a CONFIG is given\n`]);
  });

  it('lists in its help only what it takes', async () => {
    const { output } = await pyra(['sweep', '--help']);
    expect(output).toContain('--methods LIST');
    expect(output).not.toMatch(/--(method|schedule|seed) /);
  });
});

describe('data sets of a sweep', () => {
  it('that may be missing are left out with a sentence, that may not are refused with the way to say where they are', async () => {
    await drawColours(at('colours'), 10, ['red', 'green', 'blue'], { parts: true });
    const optional = await put('a.json', { ...SMALL, tasks: ['task:count', { data: 'gone.zip', optional: true }] });
    const left = await pyra(['sweep', optional, '--out', at('out'), '--json']);
    expect(left.errors).toContain('Left out: the runs on gone.zip');
    expect(runs(left)).toHaveLength(4);
    const found = await pyra(['sweep', optional, '--out', at('out'), '--places', `gone.zip=${at('colours')}`, '--json']);
    expect(runs(found).map(({ classes }) => classes.length)).toContain(3);
    const needed = await pyra(['sweep', await put('b.json', { ...SMALL, tasks: ['gone.zip'] }), '--out', at('out')]);
    expect(needed.code).toBe(2);
    expect(needed.errors).toMatch(/^--places does not say where 'gone.zip' is, .* say where it is with --places gone.zip=PATH$/m);
  });
});

/** A task in VTAB-1k's published form: pictures below images/, and the four lists, with paths from the task's folder. */
async function drawVtabTask(name: string, seed: number): Promise<void> {
  const classes = ['red', 'green', 'blue'];
  await drawColours(at('drawn', name), 12, classes, { seed });
  await mkdir(at('vtab-1k', name), { recursive: true });
  await rename(at('drawn', name), at('vtab-1k', name, 'images'));
  const lines = Array.from({ length: 12 }, (_, picture) =>
    classes.map((title, label) => `images/${title}/${picture}.png ${label}`),
  ).flat();
  const lists = {
    train800: lines.slice(0, 16),
    val200: lines.slice(16, 22),
    train800val200: lines.slice(0, 22),
    test: lines.slice(22),
  };
  for (const [list, own] of Object.entries(lists)) await writeFile(at('vtab-1k', name, `${list}.txt`), `${own.join('\n')}\n`);
}

describe('the published protocols', () => {
  const tasks = ['cifar', 'kitti', 'dsprites_loc'].map((task) => ({ data: 'vtab-1k', options: { task } }));
  const sweepOf = (recipe: string): Record<string, unknown> => ({
    ...{ format: SMALL.format, version: 1, recipe, tasks, peft: ['linear'], methods: ['tome', 'pyra'], schedules: ['1'] },
    settings: { imageSize: 16, epochs: 2, batchSize: 8 },
  });
  beforeEach(async () => {
    for (const [index, { options }] of tasks.entries()) await drawVtabTask(options.task, index + 1);
  });

  it("the paper's: PYRA's rate by validation among six, then all train, tested once; out comes its table", async () => {
    const { code, output, errors } = await pyra([
      'sweep',
      await put('vtab.json', sweepOf('paper')),
      '--out',
      at('out'),
      '--json',
    ]);
    expect([code, errors.match(/PYRA's rate by the search/g)?.length]).toEqual([0, 3]);
    const final = runs({ code, output, errors });
    expect(final).toHaveLength(6);
    for (const record of final) {
      expect(record).toMatchObject({ configuration: { protocol: 'published' }, validation: null, test: { images: 14 } });
      expect(record.pictures).toEqual({ train: 16, validation: 6, test: 14 });
    }
    const all = await Promise.all((await readdir(at('out'))).filter((name) => !name.endsWith('.csv')).map(readRecord));
    const searched = all.filter(({ configuration }) => configuration.protocol === 'search');
    expect(searched).toHaveLength(3 * SEARCHED_RATES.length);
    expect(searched.every(({ test }) => test === null)).toBe(true);
    const found = final
      .filter(({ configuration }) => configuration.method === 'pyra')
      .map(({ configuration }) => configuration.pyraLearningRate);
    expect(found.every((rate) => SEARCHED_RATES.some((known) => known === rate))).toBe(true);
    await results('out');
    const page = await readFile(at('report', 'index.html'), 'utf8');
    expect(page).toMatch(/<th>cifar100<\/th><th>kitti<\/th><th>dsprites_loc<\/th><th>natural<\/th>/);
    expect(page).toContain('paper, ViT-B/16');
  });

  it("the script's: the best of repeated tests, and the page says so", async () => {
    const done = runs(await pyra(['sweep', await put('vtab.json', sweepOf('released')), '--out', at('out'), '--json']));
    expect(done.map(({ configuration }) => configuration.pyraLearningRate)).toEqual(Array(6).fill(null));
    expect(done.every(({ test, validation }) => test !== null && validation === null)).toBe(true);
    await results('out');
    expect(await readFile(at('report', 'index.html'), 'utf8')).toContain('best of repeated measurements of the test part');
  });

  const readRecord = async (name: string): Promise<RunRecord> =>
    runSchema.parse(JSON.parse(await readFile(at('out', name, 'run.json'), 'utf8')));
});

it.each([
  ['no sweep', 'x.json', { format: 'other' }, /x\.json: is no sweep: format: /],
  ['a field that is none', 'x.json', { ...SMALL, settings: { epoch: 3 } }, /settings: 'epoch' is no field of a configuration/],
  ['a field with a list of its own', 'x.json', { ...SMALL, settings: { seed: 3 } }, /settings: 'seed' has a list of its own/],
  ['a value that cannot be', 'x.json', { ...SMALL, settings: { epochs: 0 } }, /settings: 'epochs' is not valid/],
  ['a schedule that cannot be', 'x.json', { ...SMALL, schedules: ['sideways'] }, /schedule/],
])('refuses %s', async (_, name, content, sentence) => {
  const { code, errors } = await pyra(['sweep', await put(name, content), '--out', at('out')]);
  expect(code).toBe(2);
  expect(errors).toMatch(sentence);
});

it.each(['0/4', '5/4', '1', 'a/b'])('refuses the shard %s', async (shard) => {
  const { code, errors } = await pyra(['sweep', await put('a.json', SMALL), '--shard', shard]);
  expect([code, errors]).toEqual([2, expect.stringContaining(`--shard is '${shard}', expected i/n`)]);
});

it('refuses options beside a file that says them', async () => {
  const { code, errors } = await pyra(['sweep', await put('a.json', SMALL), '--methods', 'tome']);
  expect([code, errors]).toEqual([2, expect.stringMatching(/--methods: is said by .*a\.json/)]);
});
