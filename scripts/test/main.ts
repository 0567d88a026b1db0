/** Runs every stage, whatever the ones before came to, and ends with the line `N passed, N failed`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAdapters } from '../system/adapters.js';
import { installChromium } from '../system/chromium.js';
import { installFirefox } from '../system/firefox.js';
import type { Counts } from './reports.js';
import { allStages } from './stages.js';

installChromium();
installFirefox();
const adapters = installAdapters();

const reports = mkdtempSync(join(tmpdir(), 'pyra-test-'));
const rows: { name: string; counts: Counts; seconds: number }[] = [];
for (const stage of allStages(adapters, reports)) {
  console.log(`\n== ${stage.name} ==`);
  const start = performance.now();
  const counts = stage.run();
  rows.push({ name: stage.name, counts, seconds: (performance.now() - start) / 1000 });
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
