/**
 * `pyra benchmark --full` as one file for a machine that has Node and Dawn and nothing else; `vite.benchmark.config.ts` makes it, with
 * the shaders and the golden files inside.
 */
import { toErrorRecord } from '../vit/errors.js';
import { benchmark } from './commands/benchmark.js';
import { processHost } from './machine/process-host.js';

try {
  process.exitCode = await benchmark.run(['--full', ...process.argv.slice(2)], processHost());
} catch (thrown) {
  process.stderr.write(`${toErrorRecord(thrown).message}\n`);
  process.exitCode = 2;
}
