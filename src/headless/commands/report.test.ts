import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
