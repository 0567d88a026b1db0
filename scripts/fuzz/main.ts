/**
 * `npm run fuzz -- --seconds N [--seed S] [--only READER]` gives every reader mutations of one of its files, in a process with limited time
 * and memory. Inputs that fail are written to `.cache/fuzz`, to become fixtures.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { READERS } from './readers/index.js';
import { inputOf } from './run.js';
import { supervise } from './supervise.js';

const FOLDER = '.cache/fuzz';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    only: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed);
const readers = READERS.filter(({ name }) => name.includes(values.only));
process.stdout.write(`seed ${seed}\n`);
let failures = 0;
let all = 0;
for (const reader of readers) {
  const milliseconds = (1000 * Number(values.seconds)) / readers.length;
  const outcome = await supervise({ reader: reader.name, milliseconds, seed });
  if (outcome.kind === 'clean') {
    all += outcome.inputs;
    process.stdout.write(`${reader.name}: ${outcome.inputs} inputs, nothing found\n`);
    continue;
  }
  failures++;
  await mkdir(FOLDER, { recursive: true });
  const file = `${FOLDER}/${reader.name.replaceAll('/', '-')}-${seed}-${outcome.input}`;
  await writeFile(file, inputOf(reader, seed, outcome.input));
  process.stdout.write(`${outcome.why}; input ${outcome.input} of seed ${seed} is in ${file}\n`);
}
process.stdout.write(`${all} inputs, ${failures === 0 ? 'nothing found' : `${failures} readers failed`}\n`);
process.exitCode = failures === 0 ? 0 : 1;
