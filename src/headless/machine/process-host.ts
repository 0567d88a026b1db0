import { openEngine } from '../engine.js';
import type { Host } from './host.js';
import { openMachine } from './open.js';

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

/** This process, to run commands in: its streams, its Ctrl-C, this computer's machine. */
export function processHost(): Host {
  // Who reads the output may go away (`| head`): the command goes on without.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return { output: process.stdout, errors: process.stderr, openEngine, openMachine, onInterrupt };
}
