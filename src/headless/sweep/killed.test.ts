/** Sweeps as processes of their own, on the processors: what a kill leaves, and schedulers that share nothing but a folder. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { Fixtures } from '../../testing/fixtures.js';
import { recordsIn } from './known.js';

const SWEEP = {
  format: 'pyra-playground-sweep',
  version: 1,
  tasks: ['task:texture', 'task:count'],
  methods: ['tome', 'pyra'],
  schedules: ['1'],
  seeds: 2,
  settings: { imageSize: 16, epochs: 3, batchSize: 8, taskPictures: [16, 8, 8] },
};
const COMMAND = ['--import', 'tsx', 'src/headless/main.ts'];
const ENVIRONMENT = { ...process.env, PYRA_ADAPTER: 'cpu', PYRA_THREADS: '1' };

let folder = '';
const at = (...path: string[]): string => join(folder, ...path);
/** With the sweep that was never killed, which every test compares with. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-killed-'));
  await writeFile(at('sweep.json'), JSON.stringify(SWEEP));
  finish('whole');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sweep = (out: string): string[] => [...COMMAND, 'sweep', at('sweep.json'), '--out', at(out)];

/**
 * Runs a sweep, and kills its process shortly after a number of epochs.
 * @returns whether it was killed: it may have come to its end first.
 */
async function killed(out: string, epochs: number, moment: number): Promise<boolean> {
  const child = spawn(process.execPath, sweep(out), { env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'inherit'] });
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = seen;
    seen += text.match(/^epoch \d+ of \d+: /gm)?.length ?? 0;
    if (before < epochs && seen >= epochs) setTimeout(() => child.kill('SIGKILL'), moment);
  });
  return new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal === 'SIGKILL')));
}

function finish(out: string): void {
  const { status, stderr } = spawnSync(process.execPath, sweep(out), { env: ENVIRONMENT, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
}

async function results(out: string): Promise<string> {
  const { status } = spawnSync(process.execPath, [...COMMAND, 'report', at(out), '--maps', '1', '--out', at(`${out}-report`)], {
    env: ENVIRONMENT,
  });
  expect(status).toBe(0);
  return readFile(at(`${out}-report`, 'results.csv'), 'utf8');
}

const weightsOf = async (out: string): Promise<string[]> => {
  const records = await recordsIn(at(out));
  return records
    .map(
      ({ configuration: { data, method, seed }, epochs }) =>
        `${data} ${method} ${seed} ${epochs.map(({ epoch, trainLoss }) => `${epoch}:${trainLoss}`).join()}`,
    )
    .sort();
};

it('killed at five random moments and restarted, a sweep comes to the results of one that never was', async () => {
  const random = new Fixtures(Date.now() % 2 ** 31);
  for (let kill = 0; kill < 5; kill++) {
    const [epochs, moment] = [1 + Math.floor(4 * random.next()), Math.floor(60 * random.next())];
    if (!(await killed('cut', epochs, moment))) break;
  }
  finish('cut');
  expect(await results('cut')).toBe(await results('whole'));
  // A map of the first test picture for each method on each task.
  const page = await readFile(at('cut-report', 'index.html'), 'utf8');
  expect(page.match(/test picture 1: (?:ToMe|PYRA) 1, /g)).toHaveLength(4);
  // Every epoch of every run once, to the last digit.
  expect(await weightsOf('cut')).toEqual(await weightsOf('whole'));
});

const parallel = spawnSync('parallel', ['--version'], { encoding: 'utf8' });
const hasParallel = parallel.status === 0 && z.string().parse(parallel.stdout).startsWith('GNU parallel');

it.skipIf(!hasParallel)(
  'GNU parallel spreads four shards over processes, which come to the same (skipped where it is not installed)',
  async () => {
    const command = [process.execPath, ...sweep('shards'), '--shard', '{}/4']
      .map((word) => (word === '{}/4' ? word : `'${word}'`))
      .join(' ');
    const { status } = spawnSync('parallel', ['--jobs', '2', command, ':::', '1', '2', '3', '4'], { env: ENVIRONMENT });
    expect(status).toBe(0);
    expect(await results('shards')).toBe(await results('whole'));
  },
);
