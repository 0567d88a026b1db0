/** Reads mutations of one reader's file. Writes the number of each input to file descriptor 3 first, so that the parent knows where it hangs. */
import { mkdtempSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Found, fuzz } from './run.js';
import { readerNamed } from './readers/index.js';

const [name = '', milliseconds = '0', seed = '0'] = process.argv.slice(2);
const reader = readerNamed(name);
const folder = mkdtempSync(join(tmpdir(), 'pyra-fuzz-'));
process.chdir(folder);
const word = Buffer.alloc(4);
try {
  const { inputs } = await fuzz(reader, Number(milliseconds), Number(seed), (number) => {
    word.writeUInt32LE(number);
    writeSync(3, word);
  });
  const written = readdirSync(folder);
  if (written.length > 0) throw new Error(`${name}: wrote ${written.join(', ')}`);
  process.stdout.write(JSON.stringify({ inputs }));
} catch (thrown) {
  if (!(thrown instanceof Found)) throw thrown;
  process.stdout.write(JSON.stringify({ found: thrown.message }));
} finally {
  process.chdir(tmpdir());
  rmSync(folder, { recursive: true, force: true });
}
