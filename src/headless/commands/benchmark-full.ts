import { fullBenchmark } from '../../engine/diagnostics/full/full-benchmark.js';
import type { BenchmarkChoices } from '../../engine/training/benchmark.js';
import { readGoldenFile } from '../../formats/golden.js';
import type { FullRow } from '../../protocol/benchmark/full.js';
import { fullLine, fullMarkdown } from '../../results/full-benchmark.js';
import { goldenSources } from '../inputs/golden-sources.js';
import { EXIT, type Host } from '../machine/host.js';
import type { Terminal } from '../terminal.js';

/** `pyra benchmark --full`: prints rows as they are measured, then the table. A golden file that does not agree gives exit code 1. */
export async function runFull(
  choices: BenchmarkChoices & { readonly minutes: number },
  terminal: Terminal,
  host: Host,
): Promise<number> {
  const rows: FullRow[] = [];
  const measured = fullBenchmark({
    ...choices,
    golden: goldenSources().map(({ name, open }) => ({ name, open: async () => readGoldenFile(await open()) })),
    openMachine: async () => {
      const machine = await host.openMachine();
      terminal.line(`Machine: ${machine.adapter.name}`);
      return machine;
    },
    onStage: (what, done, total) => terminal.status(`${what}: ${done} of ${total}`),
  });
  let next = await measured.next();
  for (; !next.done; next = await measured.next()) {
    rows.push(next.value);
    terminal.line(fullLine(next.value));
  }
  const report = { ...next.value, toggles: process.env['PYRA_DAWN'] ?? null, rows };
  terminal.result(report, () => ['', fullMarkdown(report)]);
  return rows.every((row) => row.section !== 'golden' || row.passed) ? EXIT.done : EXIT.no;
}
