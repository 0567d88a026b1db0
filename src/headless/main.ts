import { runCommandLine } from './command-line.js';
import { processHost } from './machine/process-host.js';

// Setting the code, instead of exiting at once, lets output that was written to a pipe still arrive.
process.exitCode = await runCommandLine(process.argv.slice(2), processHost());
