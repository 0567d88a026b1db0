/** Runs every stage, also after failures, and ends with the line `N passed, N failed`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAdapters } from '../system/adapters.js';
import { installChromium } from '../system/chromium.js';
import { installFirefox } from '../system/firefox.js';
import { inLanes } from './lanes.js';
import type { Counts } from './reports.js';
import { allStages, type Stage } from './stages.js';

/** How many stages run side by side. Most keep one core busy, and more would only crowd a small computer. */
const LANES = Math.min(2, availableParallelism());

interface Row {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
}

async function timed({ name }: Stage, run: () => Promise<Counts>): Promise<Row> {
  const start = performance.now();
  const counts = await run();
  return { name, counts, seconds: (performance.now() - start) / 1000 };
}

/** Runs a stage beside others: its output is shown when it has finished. */
async function runShared(stage: Stage): Promise<Row> {
  console.log(`\n-- ${stage.name} has begun --`);
  const written: string[] = [];
  const row = await timed(stage, () => stage.run((text) => written.push(text)));
  console.log(`\n== ${stage.name} ==`);
  process.stdout.write(written.join(''));
  return row;
}

installChromium();
installFirefox();
const adapters = installAdapters();

const reports = mkdtempSync(join(tmpdir(), 'pyra-test-'));
const stages = allStages(adapters, reports);
const rows = await inLanes(
  stages.filter(({ alone }) => !alone),
  LANES,
  runShared,
);
for (const stage of stages.filter(({ alone }) => alone)) {
  console.log(`\n== ${stage.name} ==`);
  rows.push(await timed(stage, () => stage.run()));
}
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
