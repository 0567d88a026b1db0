/** Opens an adapter as the command line does and prints its name. Exits with 1 and the reason if there is none. */
import { openDawn } from '../../src/headless/machine/dawn.js';

try {
  const gpu = await openDawn();
  process.stdout.write(JSON.stringify(gpu.adapter));
  process.exit(0);
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
