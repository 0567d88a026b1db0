import type { VerifyReport, VerifyRow } from '../../protocol/api.js';
import { type Arguments, usage, type CommandDescription } from '../arguments.js';
import { defineCommand } from '../command.js';
import { byteSourceFromPath } from '../inputs/files.js';
import { EXIT, type Host } from '../machine/host.js';
import { table, type Terminal } from '../terminal.js';

const DESCRIPTION: CommandDescription<never> = {
  name: 'verify',
  positionals: 'FILE...',
  summary: "Runs golden files (numbers of the authors' PyTorch code) on this adapter and compares every tensor.",
  details: 'Exit code 1: a tensor is further off than its bound.',
  options: {},
};

function rowCells({ tensor, error, bound, passed }: VerifyRow): string[] {
  return [`  ${tensor}`, error.toExponential(2), `of ${bound.toExponential(1)}`, passed ? 'ok' : 'OVER'];
}

function describe({ file, passed, rows }: VerifyReport): string[] {
  const over = rows.filter((row) => !row.passed).length;
  const verdict = passed
    ? `ok, ${rows.length} tensors within their bounds`
    : `FAILED, ${over} of ${rows.length} tensors are over`;
  return [...table(rows.map(rowCells)), `${file}: ${verdict}`];
}

async function run(options: Arguments<never>, terminal: Terminal, host: Host): Promise<number> {
  if (options.positionals.length === 0) throw usage("verify: no file was given; see 'verify --help'");
  const files = await Promise.all(options.positionals.map((path) => byteSourceFromPath(path)));
  const engine = await host.openEngine();
  const reports: VerifyReport[] = [];
  try {
    if (!options.json) terminal.line(`Adapter: ${engine.adapter.name}`);
    for (const file of files) {
      terminal.status(`Verifying ${file.name}`);
      const report = await engine.verify(file);
      reports.push(report);
      if (!options.json) for (const line of describe(report)) terminal.line(line);
    }
  } finally {
    engine.close();
  }
  if (options.json) terminal.result({ adapter: engine.adapter, reports }, () => []);
  return reports.every((report) => report.passed) ? EXIT.done : EXIT.no;
}

export const verify = defineCommand(DESCRIPTION, run);
