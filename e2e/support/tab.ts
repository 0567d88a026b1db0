/** A tab of a real window, which another tab can hide: Playwright's pages are always seen, and its Firefox is not the one people have. */
import puppeteer, { ElementHandle, type Browser, type Page } from 'puppeteer-core';
import { chromiumSwitches, findChromium, findFirefox } from './browser.js';
import { LOOK, whileItGoesOn } from './progress.js';

/** What Puppeteer passes so that a hidden tab is treated as one that is seen. */
const NEVER_HIDDEN = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** Starts the installed Firefox or Chromium, driven over WebDriver BiDi or the DevTools protocol; throws where it is not installed. */
export async function launch(browser: 'firefox' | 'chrome'): Promise<Browser> {
  const executablePath = browser === 'firefox' ? findFirefox() : findChromium();
  if (executablePath === undefined) {
    throw new Error(
      browser === 'firefox'
        ? 'No Firefox was found: install it (on Debian: apt install firefox-esr).'
        : 'No Chromium was found: install it (on Debian: apt install chromium).',
    );
  }
  const args = browser === 'firefox' ? [] : chromiumSwitches();
  const defaultViewport = { width: 1280, height: 900 };
  return puppeteer.launch({ browser, executablePath, headless: true, args, defaultViewport, ignoreDefaultArgs: NEVER_HIDDEN });
}

/** The playground in a tab, and what a person would never be shown. */
export class Tab {
  readonly page: Page;
  /** Console errors and uncaught exceptions. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${String(error)}`));
  }

  /** Until one of the elements shows what matches, as long as the page goes on. */
  async shows(selector: string, pattern: RegExp): Promise<void> {
    const seen = (css: string, source: string): boolean =>
      [...document.querySelectorAll<HTMLElement>(css)].some(({ innerText }) => new RegExp(source).test(innerText));
    await whileItGoesOn(this.page, async () => {
      await this.page.waitForFunction(seen, { timeout: LOOK, polling: 'mutation' }, selector, pattern.source);
    });
  }

  /** Until an element that the selector names is there. */
  async has(selector: string): Promise<void> {
    await whileItGoesOn(this.page, async () => {
      await this.page.waitForSelector(selector, { timeout: LOOK });
    });
  }

  /** Presses the button of that name when it can be pressed. */
  async press(name: string): Promise<void> {
    const ready = (label: string): HTMLButtonElement | undefined =>
      [...document.querySelectorAll<HTMLButtonElement>('button:enabled')].find(({ innerText }) => innerText.trim() === label);
    await whileItGoesOn(this.page, async () => {
      const button = await this.page.waitForFunction(ready, { timeout: LOOK, polling: 'mutation' }, name);
      if (button instanceof ElementHandle) await button.click();
    });
  }
}
