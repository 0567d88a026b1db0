/**
 * The study that comes with the page: runs what is missing of public/study/study.json and keeps each run as it finishes. It can be stopped
 * at any time. It continues after the last finished epoch on this machine, and after the last kept run on another.
 *
 *   npm run study -- --places sign-digits.zip=PATH      options as of `pyra sweep`: --dry-run, --shard 1/2, ...
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runSweep } from '../../src/headless/commands/sweep.js';
import { processHost } from '../../src/headless/machine/process-host.js';
import { WEIGHTS_FILE } from '../../src/headless/runs/run-files.js';
import { addToResults } from '../../src/headless/sweep/results-file.js';
import type { RunRecord } from '../../src/protocol/runs/run.js';
import { toErrorRecord } from '../../src/vit/errors.js';

const study = fileURLToPath(new URL('../../public/study/', import.meta.url));
const results = join(study, 'runs.json');
/** The runs whose weights are kept for their maps: one for each method and rate. */
const SHOWN = { data: 'task:count', seed: 0 } as const;

async function keep(record: RunRecord, folder: string): Promise<void> {
  const { data, seed } = record.configuration;
  const shown = data === SHOWN.data && seed === SHOWN.seed;
  if (shown) {
    await mkdir(join(study, 'weights'), { recursive: true });
    await copyFile(join(folder, WEIGHTS_FILE), join(study, 'weights', `${record.id}.safetensors`));
  }
  await addToResults(results, record, shown);
}

const known = existsSync(results) ? ['--known', results] : [];
const args = [join(study, 'study.json'), '--out', 'runs/study', ...known, ...process.argv.slice(2)];
try {
  process.exitCode = await runSweep(args, processHost(), keep);
} catch (thrown) {
  process.stderr.write(`${toErrorRecord(thrown).message}\n`);
  process.exitCode = 2;
}
