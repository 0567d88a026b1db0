/** Marks the folder that a process trains into, so that no other process writes the same files meanwhile. */
import { readFile, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { usage } from '../arguments.js';
import { writeWhole } from './outputs.js';
import { HELD_FILE } from './run-files.js';

const holderSchema = z.object({
  process: z.number().int(),
  /** When the process began, in ticks since the machine did, since numbers of processes are used again; null where it is not told. */
  began: z.string().nullable(),
  machine: z.string(),
});

/** Linux tells when a process began; null elsewhere, and where there is no such process. */
async function beginningOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The second field is the program's name in parentheses, which may contain anything; the 22nd is the time.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // A process of another user.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/** The process of this machine that trains into the folder; null where there is none, or it ended without saying so. */
async function holderOf(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, HELD_FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const holder = holderSchema.parse(JSON.parse(text));
    if (holder.machine !== hostname() || holder.process === process.pid || !isAlive(holder.process)) return null;
    return holder.began === (await beginningOf(holder.process)) ? holder.process : null;
  } catch {
    return null;
  }
}

/** Does `work` while the folder is marked. Throws `usage` where another process of this machine trains into it. */
export async function holding<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const other = await holderOf(folder);
  if (other !== null) {
    throw usage(`${folder}: process ${other} is training into this folder; wait for its end, or give another folder`);
  }
  const file = join(folder, HELD_FILE);
  const holder = { process: process.pid, began: await beginningOf(process.pid), machine: hostname() };
  await writeWhole(file, `${JSON.stringify(holder)}\n`);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
    // Where the work failed before it wrote anything, the folder goes too; one that is not empty stays.
    await rmdir(folder).catch(() => undefined);
  }
}
