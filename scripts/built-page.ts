/** Serves the built page and opens it in Chromium, for measurements and screenshots. */
import { chromium, type BrowserContextOptions } from '@playwright/test';
import { build, preview } from 'vite';
import { chromiumLaunch } from '../e2e/support/browser.js';
import { Playground } from '../e2e/support/page.js';

/** Opens a window as on a first visit, with nothing kept from others. Call `close` when it is no longer needed. */
export type OpenPage = (
  options: BrowserContextOptions,
) => Promise<{ readonly playground: Playground; readonly close: () => Promise<void> }>;

/** Builds and serves the page, and gives `use` a function that opens it. Closes everything afterwards. */
export async function withBuiltPage<T>(use: (open: OpenPage) => Promise<T>): Promise<T> {
  await build({ logLevel: 'warn' });
  const server = await preview({ logLevel: 'warn', preview: { host: 'localhost' } });
  const browser = await chromium.launch(chromiumLaunch());
  try {
    const baseURL = server.resolvedUrls?.local[0];
    if (baseURL === undefined) throw new Error('the built page could not be served');
    return await use(async (options) => {
      const context = await browser.newContext({ ...options, baseURL });
      const playground = new Playground(await context.newPage(), new URL(baseURL).origin);
      return { playground, close: () => context.close() };
    });
  } finally {
    await browser.close();
    await server.close();
  }
}
