import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const CHROMIUM_ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const FIREFOX = ['firefox-esr', 'firefox'];
const FIREFOX_ELSEWHERE = ['/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe'];

/** The paths that programs of these names may have, in order of preference. */
function onPath(names: readonly string[]): string[] {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')];
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** Path of the Chromium or Chrome to test in: the one on PATH, an installed application, or Playwright's own. */
export function findChromium(): string | undefined {
  return [...onPath(CHROMIUM), ...CHROMIUM_ELSEWHERE, chromium.executablePath()].find((path) => existsSync(path));
}

/** Playwright's options to start this Chromium. @param more switches besides those of every test. */
export function chromiumLaunch(more: readonly string[] = []): { readonly args: string[]; readonly executablePath?: string } {
  const executablePath = findChromium();
  return { args: [...chromiumSwitches(), ...more], ...(executablePath === undefined ? {} : { executablePath }) };
}

/** Path of the Firefox to test in: the one on PATH or an installed application. */
export function findFirefox(): string | undefined {
  return [...onPath(FIREFOX), ...FIREFOX_ELSEWHERE].find((path) => existsSync(path));
}

/**
 * Switches that give Chromium a WebGPU adapter without a graphics card and keep it off the network. On Linux the adapter is always
 * SwiftShader, so that tests do the same on all machines; elsewhere it is the machine's own.
 */
export function chromiumSwitches(): string[] {
  const switches = [
    '--enable-unsafe-webgpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
    '--no-first-run',
  ];
  if (process.platform === 'linux') switches.push('--use-webgpu-adapter=swiftshader');
  // Chromium's sandbox refuses to run as root, as in a container.
  if (process.getuid?.() === 0) switches.push('--no-sandbox');
  return switches;
}
