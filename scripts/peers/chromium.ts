/** Measures in Chromium, in a page that is served cross-origin isolated, as onnxruntime-web requires for threads. */
import { chromium } from '@playwright/test';
import { createServer } from 'vite';
import { chromiumLaunch } from '../../e2e/support/browser.js';
import type { Choices } from './measure.js';
import type { Told } from './page/worker.js';
import type { Row } from './pairs.js';
import { keepPriority } from './priority.js';

const PAGE = 'scripts/peers/page/index.html';
/** Packages that only the worker imports must be known before it loads: found later, they change addresses, and it fails to load. */
const WORKER = 'scripts/peers/page/worker.ts';

/** Measures in a new Chromium and passes on rows as they are measured. Rejects with the page's error. */
export async function measureInChromium(choices: Choices, onRow: (row: Row) => void): Promise<void> {
  const server = await createServer({
    logLevel: 'warn',
    server: {
      host: 'localhost',
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
      // Sources that change meanwhile must not reload the page.
      hmr: false,
      // Packages may be linked from elsewhere.
      fs: { strict: false },
      watch: null,
    },
    // It finds its WebAssembly beside itself, so it must not be copied elsewhere.
    optimizeDeps: { exclude: ['onnxruntime-web'], entries: [PAGE, WORKER] },
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0];
  const browser = await chromium.launch(chromiumLaunch());
  const endPriority = keepPriority('--type=renderer');
  try {
    if (address === undefined) throw new Error('the page could not be served');
    const page = await browser.newPage();
    await new Promise<void>((resolve, reject) => {
      page.on('crash', () => reject(new Error('the page has crashed')));
      page.on('pageerror', reject);
      const hear = (told: Told): void => {
        if (told.kind === 'row') onRow(told.row);
        else if (told.kind === 'failed') reject(new Error(told.message));
        else resolve();
      };
      const begin = async (): Promise<void> => {
        await page.exposeFunction('tellPeers', hear);
        await page.goto(new URL(PAGE, address).href);
        await page.evaluate(`measurePeers(${JSON.stringify(choices)}, tellPeers)`);
      };
      begin().catch(reject);
    });
  } finally {
    endPriority();
    await browser.close();
    await server.close();
  }
}
