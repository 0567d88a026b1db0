import { createServer } from 'node:net';
import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './e2e/support/browser.js';

/** A port that nothing listens on. Chosen once: the test processes read this file again and find it in the environment. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, 'localhost', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('The operating system gave no free port.'));
      });
    });
  });
}

const port = (process.env['PYRA_E2E_PORT'] ??= String(await freePort()));

export default defineConfig({
  testDir: 'e2e',
  // Files side by side: a test waits half of its time for the page. Within a file, tests stay in their order.
  workers: 2,
  fullyParallel: false,
  // Waits are bounded by what the page shows (e2e/support/progress.ts); this ends only what hangs altogether.
  timeout: 30 * 60_000,
  expect: { timeout: 30_000 },
  retries: 0,
  forbidOnly: true,
  reporter: 'list',
  use: {
    baseURL: `http://localhost:${port}/`,
    trace: 'off',
    viewport: { width: 1280, height: 900 },
    // It stores the whole page, 15 MB, for every test. Those of what it does allow it.
    serviceWorkers: 'block',
    launchOptions: chromiumLaunch(),
  },
  projects: [
    { name: 'chromium', testIgnore: 'firefox.spec.ts' },
    // Puppeteer drives it (e2e/support/tab.ts).
    { name: 'firefox', testMatch: 'firefox.spec.ts' },
  ],
  webServer: {
    command: `npx vite build --logLevel warn && npx vite preview --host localhost --strictPort --port ${port}`,
    url: `http://localhost:${port}/`,
    timeout: 30 * 60_000,
    reuseExistingServer: false,
  },
});
