/** Stands in for a reader that never comes back. */
import { writeSync } from 'node:fs';

writeSync(3, Buffer.from([7, 0, 0, 0]));
for (;;);
