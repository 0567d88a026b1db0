import { test as base, expect, type Page } from '@playwright/test';

/** The page as a test sees it, and a record of what a person would never be shown: console errors and foreign requests. */
export class Playground {
  readonly page: Page;
  /** Console errors, uncaught exceptions and requests to another origin, in the order they came. */
  readonly complaints: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`uncaught: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== origin) this.complaints.push(`request to ${url.origin}`);
    });
  }

  /** The complaints so far, which no longer count: for what a test provokes. */
  takeComplaints(): string[] {
    return this.complaints.splice(0);
  }

  async open(hash = ''): Promise<void> {
    await this.page.goto(`./${hash}`);
  }
}

/** A test with the playground's page; it fails when the page complained of anything, whatever else it asserts. */
export const test = base.extend<{ playground: Playground }>({
  playground: async ({ page, baseURL }, use) => {
    const playground = new Playground(page, new URL(baseURL ?? page.url()).origin);
    await use(playground);
    expect(playground.complaints).toEqual([]);
  },
});

export { expect };
