import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holding } from './held.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pyra-held-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const work = (): Promise<string> => Promise.resolve('done');

/** Marks the folder as another process of this module would, and leaves the mark. */
async function markBy(pid: number, machine = hostname(), began?: string): Promise<void> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const told = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  await writeFile(join(folder, 'training.json'), JSON.stringify({ process: pid, began: began ?? told, machine }));
}

describe('a folder that is trained into', () => {
  it('is marked until the work ends, also where it fails', async () => {
    await writeFile(join(folder, 'run.json'), '');
    const seen = await holding(folder, () => readdir(folder));
    expect(seen.sort()).toEqual(['run.json', 'training.json']);
    await expect(holding(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual(['run.json']);
  });

  it('is refused while another process lives that trains into it, and is free when that was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const pid = other.pid ?? 0;
    await markBy(pid);
    const message = `${folder}: process ${pid} is training into this folder; wait for its end, or give another folder`;
    await expect(holding(folder, work)).rejects.toMatchObject({ code: 'usage', message });
    expect(await readdir(folder)).toEqual(['training.json']);
    const ended = once(other, 'exit');
    other.kill('SIGKILL');
    await ended;
    expect(await holding(folder, work)).toBe('done');
  });

  it.each<[string, () => Promise<void>]>([
    ['of a process whose number another has now', () => markBy(process.ppid, hostname(), '1')],
    ['of this process, which was another with the same number', () => markBy(process.pid)],
    ['of another machine, of which nothing is known', () => markBy(process.ppid, 'elsewhere')],
    ['that is cut off', () => writeFile(join(folder, 'training.json'), '{"process":')],
  ])('is free with a mark %s', async (_, mark) => {
    await mark();
    expect(await holding(folder, work)).toBe('done');
  });
});
