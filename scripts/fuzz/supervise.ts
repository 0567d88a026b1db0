/** Runs one reader in a process of its own with limited memory, and ends it if an input takes too long. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** Memory of the process; the readers' files have only some kilobytes. */
const MOST_MEGABYTES = 256;
/** The most processor time for an input to be read or refused; where the system does not report it, the most wall time. */
const MOST_MILLISECONDS = 5000;
/** How often the process is checked. */
const LOOK_MILLISECONDS = 250;

const answerSchema = z.union([z.object({ inputs: z.number() }), z.object({ found: z.string() })]);

export type Outcome =
  | { readonly kind: 'clean'; readonly inputs: number }
  /** `input` is the number of the input, which the seed determines. */
  | { readonly kind: 'found'; readonly why: string; readonly input: number };

export interface Supervised {
  readonly reader: string;
  readonly milliseconds: number;
  readonly seed: number;
  /** The module that reads; a test replaces it. */
  readonly child?: string;
  readonly mostMilliseconds?: number;
}

/** The processor time of a process in milliseconds, which Linux reports in hundredths of a second; the wall time elsewhere. */
function computed(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // Fields 14 and 15 of the line; the first two are before the bracket.
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? 10 * ticks : performance.now();
  } catch {
    return performance.now();
  }
}

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

export function supervise({
  reader,
  milliseconds,
  seed,
  child = CHILD,
  mostMilliseconds = MOST_MILLISECONDS,
}: Supervised): Promise<Outcome> {
  const args = [`--max-old-space-size=${MOST_MEGABYTES}`, '--import', 'tsx', child, reader, String(milliseconds), String(seed)];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  let input = -1;
  let since = Infinity;
  let said = '';
  let hangs = false;
  running.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  let rest = Buffer.alloc(0);
  running.stdio[3]?.on('data', (bytes: Buffer) => {
    const all = Buffer.concat([rest, bytes]);
    const whole = all.length - (all.length % 4);
    if (whole === 0) return;
    input = all.readUInt32LE(whole - 4);
    rest = all.subarray(whole);
    since = computed(running.pid);
  });
  const looking = setInterval(() => {
    if (computed(running.pid) - since < mostMilliseconds) return;
    hangs = true;
    running.kill('SIGKILL');
  }, LOOK_MILLISECONDS);
  return new Promise((resolve, reject) => {
    running.on('error', reject);
    running.on('close', (code, signal) => {
      clearInterval(looking);
      const answer = hangs ? null : answerSchema.safeParse(parse(said));
      if (answer?.success && 'inputs' in answer.data) resolve({ kind: 'clean', inputs: answer.data.inputs });
      else if (answer?.success && 'found' in answer.data) resolve({ kind: 'found', why: answer.data.found, input });
      else if (input < 0 && !hangs) reject(new Error(`${reader}: its process did not begin (${signal ?? code})`));
      else {
        const why = hangs ? `takes longer than ${mostMilliseconds} ms` : `its process ended (${signal ?? code})`;
        resolve({ kind: 'found', why: `${reader}: ${why}`, input });
      }
    });
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
