import { spawnSync } from 'node:child_process';

/** Runs a program and returns what it printed. Throws with the end of its error output if it fails. */
export function run(command: string, args: readonly string[], cwd = process.cwd()): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 4).join(' ')}: ${stderr.slice(-2000)}`);
  return stdout;
}
