/** Runs every stage, also after failures, and ends with the line `N passed, N failed`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAdapters } from '../system/adapters.js';
import { installChromium } from '../system/chromium.js';
import { installFirefox } from '../system/firefox.js';
import { installParallel } from '../system/parallel.js';
import { inLanes } from './lanes.js';
import type { Counts } from './reports.js';
import { allStages, type Stage } from './stages.js';

/**
 * How many chains of stages run side by side. Most keep one core busy; tests in browsers wait for half of their time, and one chain more
 * fills the gaps.
 */
const LANES = Math.min(3, availableParallelism() + 1);

interface Row {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
}

async function runChain(chain: readonly Stage[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const stage of chain) rows.push(await runShared(stage));
  return rows;
}

/** Runs a stage beside others: its output is shown when it has finished. */
async function runShared({ name, run }: Stage): Promise<Row> {
  console.log(`\n-- ${name} has begun --`);
  const start = performance.now();
  const written: string[] = [];
  const counts = await run((text) => written.push(text));
  console.log(`\n== ${name} ==`);
  process.stdout.write(written.join(''));
  return { name, counts, seconds: (performance.now() - start) / 1000 };
}

installChromium();
installFirefox();
installParallel();
const adapters = installAdapters();

const reports = mkdtempSync(join(tmpdir(), 'pyra-test-'));
const rows = (await inLanes(allStages(adapters, reports), LANES, runChain)).flat();
rmSync(reports, { recursive: true, force: true });

console.log();
const width = Math.max(...rows.map(({ name }) => name.length));
for (const { name, counts, seconds } of rows) {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  const result = `${counts.passed} passed, ${counts.failed} failed${skipped}`;
  console.log(`${name.padEnd(width)}  ${seconds.toFixed(1).padStart(7)} s  ${result}`);
}
const total = (key: 'passed' | 'failed'): number => rows.reduce((sum, { counts }) => sum + counts[key], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') === 0 ? 0 : 1;
