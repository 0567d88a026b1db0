/** The built page, served and opened in a Chromium: for what measures it and what takes its pictures. */
import { chromium, type BrowserContextOptions } from '@playwright/test';
import { build, preview } from 'vite';
import { chromiumLaunch } from '../e2e/support/browser.js';
import { Playground } from '../e2e/support/page.js';

/** Opens a visitor's first window: nothing is kept from another. Call `close` when it is looked at no more. */
export type OpenPage = (
  options: BrowserContextOptions,
) => Promise<{ readonly playground: Playground; readonly close: () => Promise<void> }>;

/** Builds the page, serves it, and hands over how to open it; afterwards everything is closed. */
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
