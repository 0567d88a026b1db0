import { openEngine } from '../engine.js';
import type { Host } from './host.js';
import { openMachine } from './open.js';

/** The exit code that shells give a process which Ctrl-C ended. */
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

/** Long enough for the last output to reach a reader. */
const END_MILLISECONDS = 2000;

/** The timer alone keeps nothing alive: where nothing else does, the process ends at once. */
function endSoon(): void {
  setTimeout(() => process.exit(), END_MILLISECONDS).unref();
}

/** Runs commands in this process: its streams, its Ctrl-C, this computer's machine. */
export function processHost(): Host {
  // The reader of the output may close it early (`| head`). The command then continues without output.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return { output: process.stdout, errors: process.stderr, openEngine, openMachine, onInterrupt, endSoon };
}
