import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pyra as commandLine } from '../../testing/command-line.js';
import { sketchRun } from '../../testing/page/run-records.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(path: string, content: unknown): Promise<void> {
  await mkdir(join(folder, path), { recursive: true });
  await writeFile(join(folder, path, 'run.json'), JSON.stringify(content));
}

const tome = sketchRun({ configuration: { method: 'tome', schedule: 'high' }, accuracy: 0.5 });
const pyra = sketchRun({ configuration: { method: 'pyra', schedule: 'high' }, accuracy: 0.52 });

it('gathers shards: the same results whatever shard a run lies in, and a folder inside another counts once', async () => {
  await put('a/one', tome);
  await put('a/two', pyra);
  await put('b/one', pyra);
  await put('b/deeper/two', tome);
  expect((await commandLine(['report', join(folder, 'a')])).code).toBe(0);
  expect((await commandLine(['report', join(folder, 'b'), join(folder, 'b/deeper')])).code).toBe(0);
  const read = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');
  expect(await read('b/results.csv')).toBe(await read('a/results.csv'));
  expect((await read('a/results.csv')).split('\n')).toHaveLength(4);
  expect(await read('a/index.html')).toContain('+2.00');
});

it('leaves out what is no record of a run, and says so', async () => {
  await put('runs/one', tome);
  await put('runs/other', { name: 'of another program' });
  await mkdir(join(folder, 'runs/torn'));
  await writeFile(join(folder, 'runs/torn/run.json'), '{"format":');
  const { code, errors } = await commandLine(['report', join(folder, 'runs')]);
  expect(code).toBe(0);
  expect(errors).toContain(`${join(folder, 'runs/other/run.json')}: is no record of a run; it is left out`);
  expect(errors).toContain(`${join(folder, 'runs/torn/run.json')}: is no JSON; it is left out`);
  expect((await readFile(join(folder, 'runs/results.csv'), 'utf8')).trim().split('\n')).toHaveLength(2);
});

it('gives each data set files of its own, whatever its name', async () => {
  const named = (data: string): typeof tome => ({ ...tome, configuration: { ...tome.configuration, data } });
  for (const [index, data] of ['手势', '花', 'a b', 'a-b', 'hands.v1.zip'].entries()) await put(`runs/${index}`, named(data));
  const { code, output } = await commandLine(['report', join(folder, 'runs'), '--out', join(folder, 'out'), '--json']);
  expect(code).toBe(0);
  const tables = (await readdir(join(folder, 'out'))).filter((name) => name.startsWith('table-'));
  expect(tables.sort()).toEqual(
    ['table-a-b-2.tex', 'table-a-b.tex', 'table-hands-v1.tex', 'table-手势.tex', 'table-花.tex'].sort(),
  );
  expect(output.match(/table-/g)).toHaveLength(5);
});

it('refuses a place that cannot be written before it computes anything', async () => {
  await put('runs', tome);
  const place = join(folder, 'runs/run.json');
  const { code, errors } = await commandLine(['report', join(folder, 'runs'), '--out', place]);
  expect([code, errors]).toEqual([2, `--out: '${place}' is there already and is no folder\n`]);
});

it('says which runs did not finish, with exit code 1', async () => {
  await put('a', tome);
  await put('b', { ...pyra, name: 'a stopped one', state: 'stopped' });
  const { code, output } = await commandLine(['report', folder, '--out', join(folder, 'out')]);
  expect(code).toBe(1);
  expect(output).toContain('2 runs, of which 1 did not finish: a stopped one');
});

it.each([
  ['no folder of runs', ['nowhere'], /'.*nowhere' is no folder of runs/],
  ['no run in it', ['.'], /there is no run below/],
])('refuses: %s', async (_, [name = ''], sentence) => {
  const { code, errors } = await commandLine(['report', join(folder, name)]);
  expect(code).toBe(2);
  expect(errors).toMatch(sentence);
});

it('names a file that is no record', async () => {
  await put('a', { format: 'something else' });
  const { code, errors } = await commandLine(['report', folder]);
  expect(code).toBe(2);
  expect(errors).toContain(`${join(folder, 'a', 'run.json')}: is no record of a run`);
});
