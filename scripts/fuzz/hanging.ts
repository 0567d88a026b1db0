/** A child process like `child.ts` whose reader never returns, for a test. */
import { writeSync } from 'node:fs';

writeSync(3, Buffer.from([7, 0, 0, 0]));
for (;;);
