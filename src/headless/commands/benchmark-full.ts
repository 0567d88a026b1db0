import { fullBenchmark } from '../../engine/diagnostics/full/full-benchmark.js';
import type { BenchmarkChoices } from '../../engine/training/benchmark.js';
import { readGoldenFile } from '../../formats/golden.js';
import type { FullRow, PeakRow } from '../../protocol/benchmark/full.js';
import { fullLine, fullMarkdown } from '../../results/full-benchmark.js';
import { goldenSources } from '../inputs/golden-sources.js';
import { EXIT, type Host } from '../machine/host.js';
import { writeWhole } from '../runs/outputs.js';
import type { Terminal } from '../terminal.js';

/** `pyra benchmark --full`: prints rows as they are measured, then the table. A golden file that does not agree gives exit code 1. */
export async function runFull(
  { file, ...choices }: BenchmarkChoices & { readonly minutes: number; readonly file: string | undefined },
  terminal: Terminal,
  host: Host,
): Promise<number> {
  const rows: FullRow[] = [];
  let peak: PeakRow | undefined;
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
    const row = next.value;
    rows.push(row);
    if (row.section === 'peak') peak = row;
    terminal.line(fullLine(row, peak));
  }
  const report = { ...next.value, toggles: process.env['PYRA_DAWN'] ?? null, rows };
  if (file !== undefined) await writeWhole(file, `${JSON.stringify(report, null, 2)}\n`);
  terminal.result(report, () => ['', fullMarkdown(report)]);
  host.endSoon?.();
  return rows.every((row) => row.section !== 'golden' || row.passed) ? EXIT.done : EXIT.no;
}
