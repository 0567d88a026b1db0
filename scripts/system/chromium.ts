import { spawnSync } from 'node:child_process';
import { findChromium } from '../../e2e/support/browser.js';
import { aptInstall, readDistribution, rootPrefix } from './apt.js';

const SENTENCE =
  'No Chromium was found, so the tests in the browser cannot run: install Chromium or Google Chrome (on Debian: apt install chromium).';

/** Makes sure that there is a Chromium to test in. Prints one sentence if there is none and none can be installed. */
export function installChromium(): void {
  if (findChromium() !== undefined) return;
  // Ubuntu's package is a snap, which does not run in a container; Playwright's own build does.
  if (readDistribution().id === 'debian') aptInstall({ packages: ['chromium'] });
  if (findChromium() !== undefined) return;
  console.log('Installing a Chromium with Playwright ...');
  const withLibraries = process.platform === 'linux' && rootPrefix() !== undefined ? ['--with-deps'] : [];
  spawnSync(process.execPath, ['node_modules/playwright/cli.js', 'install', ...withLibraries, 'chromium'], { stdio: 'inherit' });
  if (findChromium() === undefined) console.log(SENTENCE);
}
