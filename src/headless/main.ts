import { runCommandLine } from './command-line.js';
import { openEngine } from './engine.js';

/** As shells have it for a process that Ctrl-C ended. */
const INTERRUPTED = 130;

function onInterrupt(handler: () => void): () => void {
  let asked = false;
  const listener = (): void => {
    if (asked) process.exit(INTERRUPTED);
    asked = true;
    handler();
  };
  process.on('SIGINT', listener);
  return () => void process.off('SIGINT', listener);
}

// Who reads the output may go away (`| head`): the command goes on without.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// Set rather than exited with, so that what was written to a pipe still arrives.
process.exitCode = await runCommandLine(process.argv.slice(2), {
  output: process.stdout,
  errors: process.stderr,
  openEngine,
  onInterrupt,
});
