import { fullBenchmark } from '../../engine/diagnostics/full/full-benchmark.js';
import type { BenchmarkChoices } from '../../engine/training/benchmark.js';
import { readGoldenFile } from '../../formats/golden.js';
import type { FullRow } from '../../protocol/full-benchmark.js';
import { fullLine, fullMarkdown } from '../../results/full-benchmark.js';
import { FULL_MINUTES } from '../../engine/diagnostics/full/full-benchmark.js';
import { invalid } from '../arguments.js';
import { goldenSources } from '../machine/golden-sources.js';
import { EXIT, type Host } from '../machine/host.js';
import type { Terminal } from '../terminal.js';
import type { BenchmarkArguments } from './benchmark.js';

/** What `--full` has of its own. */
const FIXED = ['model', 'image-size', 'profile'] as const;

function readMinutes(options: BenchmarkArguments): number {
  const minutes = options.number('minutes') ?? FULL_MINUTES;
  if (minutes < 0 || minutes > 24 * 60) throw invalid('minutes', `is ${minutes}, but is from 0 to 1440`);
  return minutes;
}

/** `pyra benchmark --full`: rows as they come, the table at the end. A golden file that does not agree is the answer no. */
export async function runFull(
  options: BenchmarkArguments,
  choices: BenchmarkChoices,
  terminal: Terminal,
  host: Host,
): Promise<number> {
  for (const name of FIXED) {
    if (name === 'profile' ? options.flag(name) : options.text(name) !== undefined) {
      throw invalid(name, 'does not go with --full, which measures ViT-Ti, S, B and L at 224 pixels, by operation');
    }
  }
  const rows: FullRow[] = [];
  const measured = fullBenchmark({
    ...choices,
    minutes: readMinutes(options),
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
