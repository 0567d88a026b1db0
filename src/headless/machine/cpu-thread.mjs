// A thread of the CPU machine. Threads do not get the loader of TypeScript from the process that starts them.
import { register } from 'tsx/esm/api';

register();
await import('./cpu-thread.ts');
