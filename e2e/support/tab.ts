/** A tab in a real window, which another tab can hide. Playwright's pages are never hidden, and its Firefox is a special build. */
import puppeteer, { ElementHandle, type Browser, type Page } from 'puppeteer-core';
import { chromiumSwitches, findChromium, findFirefox } from './browser.js';
import { LOOK, whileItGoesOn } from './progress.js';

/** Switches of Puppeteer that make hidden tabs run like visible ones; they are left out here. */
const NEVER_HIDDEN = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** Starts the installed Firefox or Chromium, over WebDriver BiDi or the DevTools protocol. Throws if it is not installed. */
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

/** The playground in a tab, with a record of errors that a person does not see. */
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

  /** Waits until one of the elements has a matching text, as long as the page makes progress. */
  async shows(selector: string, pattern: RegExp): Promise<void> {
    const seen = (css: string, source: string): boolean =>
      [...document.querySelectorAll<HTMLElement>(css)].some(({ innerText }) => new RegExp(source).test(innerText));
    await whileItGoesOn(this.page, async () => {
      await this.page.waitForFunction(seen, { timeout: LOOK, polling: 'mutation' }, selector, pattern.source);
    });
  }

  /** Waits until there is an element for the selector. */
  async has(selector: string): Promise<void> {
    await whileItGoesOn(this.page, async () => {
      await this.page.waitForSelector(selector, { timeout: LOOK });
    });
  }

  /** Presses the button of this name as soon as it is enabled. */
  async press(name: string): Promise<void> {
    const ready = (label: string): HTMLButtonElement | undefined =>
      [...document.querySelectorAll<HTMLButtonElement>('button:enabled')].find(({ innerText }) => innerText.trim() === label);
    await whileItGoesOn(this.page, async () => {
      const button = await this.page.waitForFunction(ready, { timeout: LOOK, polling: 'mutation' }, name);
      if (button instanceof ElementHandle) await button.click();
    });
  }
}
