import { spawnSync } from 'node:child_process';

/** What a program printed. Throws with the end of what it complained of where it failed. */
export function run(command: string, args: readonly string[], cwd = process.cwd()): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 4).join(' ')}: ${stderr.slice(-2000)}`);
  return stdout;
}
