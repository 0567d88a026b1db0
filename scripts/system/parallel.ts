import { spawnSync } from 'node:child_process';
import { aptInstall } from './apt.js';

const SENTENCE =
  'No GNU parallel was found, so a sweep that it spreads is not tested: install it (on Debian: apt install parallel).';

const found = (): boolean =>
  spawnSync('parallel', ['--version'], { encoding: 'utf8' }).stdout?.startsWith('GNU parallel') ?? false;

/** Makes sure that there is GNU parallel, with which a test spreads a sweep. Prints one sentence if there is none and none can be installed. */
export function installParallel(): void {
  if (found()) return;
  aptInstall({ packages: ['parallel'] });
  if (!found()) console.log(SENTENCE);
}
