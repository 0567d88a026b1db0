/** Installs packages on a fresh clone. Plain JavaScript without dependencies, since it runs before anything is installed. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = [20, 19];

/** Ends the process with one sentence if Node is too old for the build tool. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.join('.')} or newer from https://nodejs.org.`);
}

/** Runs `npm ci` unless node_modules is already what package-lock.json says. */
export function installModules() {
  if (modulesAreCurrent()) return;
  console.log('Installing the packages in package-lock.json ...');
  const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) fail('The packages could not be installed: `npm ci` failed; is the npm registry reachable?');
}

function modulesAreCurrent() {
  const wanted = readLock('package-lock.json');
  const installed = readLock('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const there = installed[path];
    // Another platform's optional packages are in the lock file, but not on this machine.
    return path === '' || (there ? there.version === entry.version : entry.optional === true || entry.peer === true);
  });
}

/** @returns {Record<string, { version?: string, optional?: boolean, peer?: boolean }> | undefined} */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @param {string} sentence */
export function fail(sentence, code = 1) {
  console.error(sentence);
  process.exit(code);
}
