import { findFirefox } from '../../e2e/support/browser.js';
import { aptInstall, readDistribution } from './apt.js';

const SENTENCE = 'No Firefox was found, so the tests in it cannot run: install Firefox (on Debian: apt install firefox-esr).';

/** Makes sure that there is a Firefox to test in. Prints one sentence if there is none and none can be installed. */
export function installFirefox(): void {
  if (findFirefox() !== undefined) return;
  // Ubuntu's package is a snap, which does not run in a container.
  if (readDistribution().id === 'debian') aptInstall({ packages: ['firefox-esr'] });
  if (findFirefox() === undefined) console.log(SENTENCE);
}
