/**
 * `npm run fuzz -- --seconds N`: mutations of a file of every reader of weights, in a process whose memory is bounded. What is found is
 * written to `.cache/fuzz`, to become a fixture.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { READERS } from './readers.js';
import { Found, fuzz } from './run.js';

const FOLDER = '.cache/fuzz';
/** The readers' files are a few kilobytes. */
const MOST_MEGABYTES = 256;

async function fuzzAll(seconds: number, seed: number): Promise<number> {
  let failures = 0;
  for (const reader of READERS) {
    try {
      const { inputs } = await fuzz(reader, (1000 * seconds) / READERS.length, seed);
      process.stdout.write(`${reader.name}: ${inputs} inputs, nothing found\n`);
    } catch (thrown) {
      if (!(thrown instanceof Found)) throw thrown;
      failures++;
      await mkdir(FOLDER, { recursive: true });
      const file = `${FOLDER}/${reader.name.replaceAll('/', '-')}-${seed}`;
      await writeFile(file, thrown.bytes);
      process.stdout.write(`${thrown.message}; the input is in ${file}\n`);
    }
  }
  return failures;
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: String(Date.now() % 1e6) } },
});
const INSIDE = 'PYRA_FUZZ_INSIDE';
if (process.env[INSIDE] === undefined) {
  const args = [
    `--max-old-space-size=${MOST_MEGABYTES}`,
    '--import',
    'tsx',
    fileURLToPath(import.meta.url),
    ...process.argv.slice(2),
  ];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(`seed ${values.seed}\n`);
  process.exitCode = (await fuzzAll(Number(values.seconds), Number(values.seed))) === 0 ? 0 : 1;
}
