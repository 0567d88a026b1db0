import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The system by /etc/os-release, for example `debian` and `12`; empty strings if there is no such file. */
export interface Distribution {
  readonly id: string;
  readonly version: string;
}

export function readDistribution(): Distribution {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), version: field('VERSION_ID') };
}

/** What to put before a command that needs root: nothing as root, `sudo -n` if sudo needs no password, else undefined. */
export function rootPrefix(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

export interface AptRequest {
  readonly packages: readonly string[];
  /** Debian's backports suite with the packages, for example `bookworm-backports`. */
  readonly backports?: string;
}

/**
 * Installs Debian or Ubuntu packages, and returns whether that worked. A backports suite is added for this installation only, in a copy of
 * the machine's list of sources, so that nothing but the packages is left behind.
 */
export function aptInstall({ packages, backports }: AptRequest): boolean {
  const prefix = rootPrefix();
  if (!prefix || !existsSync('/usr/bin/apt-get')) return false;
  console.log(`Installing ${packages.join(', ')} with apt-get ...`);
  const sources = mkdtempSync(join(tmpdir(), 'pyra-sources-'));
  try {
    const options = ['-qq', '-o', 'Dpkg::Use-Pty=0'];
    if (backports !== undefined) {
      if (existsSync('/etc/apt/sources.list.d')) cpSync('/etc/apt/sources.list.d', sources, { recursive: true });
      writeFileSync(join(sources, 'backports.list'), `deb http://deb.debian.org/debian ${backports} main\n`);
      options.push('-o', `Dir::Etc::sourceparts=${sources}`, '-t', backports);
    }
    const aptGet = (...words: readonly string[]): boolean => {
      const [command = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options, ...words];
      return spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
    };
    // An update may fail in part, for example for an unreachable mirror, and still list the packages.
    aptGet('update');
    return aptGet('install', '-y', '--no-install-recommends', ...packages);
  } finally {
    rmSync(sources, { recursive: true, force: true });
  }
}
