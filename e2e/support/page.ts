import { join } from 'node:path';
import { test as base, type Download, type Locator, type Page } from '@playwright/test';
import type { CpuBuild } from '../../src/protocol/machines.js';
import { dropPaths } from './drop.js';
import { expect } from './progress.js';

/** A data set of 60 photographs of hands in ten classes: 30 train, 10 validation, 20 test. */
export const DIGITS = join(import.meta.dirname, '../fixtures/sign-digits-small.zip');

/** The page with the actions of a person, and a record of what a person does not see: console errors and requests to other origins. */
export class Playground {
  readonly page: Page;
  /** Console errors, uncaught exceptions and requests to other origins, in their order. */
  readonly complaints: string[] = [];
  readonly adaptButton: Locator;
  readonly blockSlider: Locator;
  readonly runRows: Locator;

  constructor(page: Page, origin: string) {
    this.page = page;
    this.adaptButton = page.getByRole('button', { name: 'Adapt', exact: true });
    this.blockSlider = page.getByRole('slider', { name: 'Block', exact: true });
    this.runRows = page.getByTestId('run-row');
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== origin) this.complaints.push(`request to ${url.origin}`);
    });
  }

  /** Returns the complaints so far and forgets them, for tests that provoke some. */
  takeComplaints(): string[] {
    return this.complaints.splice(0);
  }

  /**
   * Opens the page.
   *
   * @param options of the configuration, as in the address.
   * @param machine what to compute on; by default a graphics card if there is one, else the processors.
   */
  async open(options: Readonly<Record<string, string | number>> = {}, machine?: 'gpu' | 'cpu' | CpuBuild): Promise<void> {
    const hash = Object.entries(options).map(([name, value]) => `${name}=${value}`);
    await this.page.goto(`./${machine ? `?machine=${machine}` : ''}${hash.length > 0 ? `#${hash.join('&')}` : ''}`);
  }

  /** Waits for the backbone, the data and the first merge map. In a narrow window another tab may hide what shows them. */
  async ready(): Promise<void> {
    await expect(this.page.getByRole('button', { name: 'Adapt', exact: true, includeHidden: true })).toBeEnabled();
    await expect(this.page.getByRole('slider', { name: 'Block', exact: true, includeHidden: true })).toBeEnabled();
  }

  /** Waits until the service worker has stored every file of the page. */
  async kept(): Promise<void> {
    await this.page.evaluate(async () => navigator.serviceWorker.ready);
    const listed = await this.page.evaluate(async () => ((await (await fetch('./offline.json')).json()) as unknown[]).length);
    await expect
      .poll(() =>
        this.page.evaluate(async () => {
          const [name] = await caches.keys();
          return name === undefined ? 0 : (await (await caches.open(name)).keys()).length;
        }),
      )
      .toBeGreaterThanOrEqual(listed);
  }

  /** Opens the page with the small data set of hands: by default for one epoch without warm-up. The parameters are those of `open`. */
  async openDigits(...[options = { epochs: 1, warmupEpochs: 0 }, machine]: Parameters<Playground['open']>): Promise<void> {
    await this.open(options, machine);
    await this.ready();
    await this.pick(DIGITS);
    await expect(this.page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
    await this.ready();
  }

  /** Gives files through the file picker. */
  async pick(...paths: readonly string[]): Promise<void> {
    await this.page.getByTestId('file-input').setInputFiles([...paths]);
  }

  /** Drops files on the page, as from a file manager. */
  async drop(...paths: readonly string[]): Promise<void> {
    await dropPaths(this.page, paths);
  }

  /** Presses Adapt and waits for the run to end. */
  async adapt(): Promise<void> {
    await this.adaptButton.click();
    await expect(this.adaptButton).toBeHidden();
    await expect(this.adaptButton).toBeVisible();
  }

  /** A number above the curves, such as `Test` or `Loss`. */
  reading(name: string): Locator {
    return this.page
      .locator('.readings > div')
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .locator('dd');
  }

  /** Exports the selected run in a form of the menu, and returns the first saved file. */
  async exportRun(form: string): Promise<Download> {
    await this.page.getByRole('button', { name: 'Export', exact: true }).click();
    const download = this.page.waitForEvent('download');
    await this.page.getByRole('menuitem', { name: form }).click();
    return download;
  }
}

/** A test with the playground's page, which also fails if the page had any complaints. */
export const test = base.extend<{ playground: Playground }>({
  playground: async ({ page, baseURL }, use) => {
    const playground = new Playground(page, new URL(baseURL ?? page.url()).origin);
    await use(playground);
    expect(playground.complaints).toEqual([]);
  },
});

export { expect };
