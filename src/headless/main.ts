import { runCommandLine } from './command-line.js';
import { processHost } from './machine/process-host.js';

// Set rather than exited with, so that what was written to a pipe still arrives.
process.exitCode = await runCommandLine(process.argv.slice(2), processHost());
