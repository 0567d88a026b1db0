import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';
import { expect, test } from './page.js';

let stranger: Server;
let address: string;
let visits: number;

test.beforeEach(async () => {
  visits = 0;
  stranger = createServer((_, response) => {
    visits++;
    response.setHeader('Access-Control-Allow-Origin', '*').end('come in');
  });
  await new Promise<void>((resolve) => stranger.listen(0, 'localhost', resolve));
  const at = stranger.address();
  if (at === null || typeof at === 'string') throw new Error('The server has no port.');
  address = `http://localhost:${at.port}/`;
});

test.afterEach(async () => {
  await new Promise((resolve) => stranger.close(resolve));
});

/** Asks for the address as a script in the page or the worker could, and says what came of it. */
const ask = (url: string): Promise<string> =>
  fetch(url).then(
    (response) => response.text(),
    (error: unknown) => `refused: ${String(error)}`,
  );

/**
 * Whether the page or the worker may run text as code, and compile the smallest WebAssembly module: its magic and its version. In a
 * task of its own, since what a test evaluates directly is let past the policy.
 */
const compile = (): Promise<{ text: boolean; wasm: boolean }> => {
  const may = (action: () => unknown): boolean => {
    try {
      action();
      return true;
    } catch {
      return false;
    }
  };
  return new Promise((resolve) => {
    setTimeout(() => {
      const text = may(() => globalThis.eval('1'));
      resolve({ text, wasm: may(() => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))) });
    });
  });
};

for (const machine of ['cpu', 'gpu'] as const) {
  test(`neither the page nor its worker can reach another origin, computing on the ${machine}`, async ({ playground }) => {
    const { page } = playground;
    await playground.open({}, machine);
    const worker = page.workers()[0] ?? (await page.waitForEvent('worker'));
    await expect(page.getByTestId('adapter-name')).toHaveText(/\S/);
    expect(await page.evaluate(ask, address)).toContain('refused');
    expect(await worker.evaluate(ask, address)).toContain('refused');
    expect(await page.evaluate(compile)).toEqual({ text: false, wasm: true });
    expect(await worker.evaluate(compile)).toEqual({ text: false, wasm: true });
    expect(visits).toBe(0);
    expect(playground.takeComplaints()).toEqual(expect.arrayContaining([expect.stringContaining('Content Security Policy')]));
  });
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** The built page as the simplest of static hosts serves it: no policy in its headers. */
function bareHost(): Server {
  const folder = join(import.meta.dirname, '../dist');
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    if (!file.startsWith(folder) || !existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream').end(readFileSync(file));
  });
}

test('on a host that sends no policy, the service worker holds the page and its worker to their origin', async ({
  playground,
}) => {
  const { page } = playground;
  const host = bareHost();
  await new Promise<void>((resolve) => host.listen(0, 'localhost', resolve));
  try {
    const at = host.address();
    if (at === null || typeof at === 'string') throw new Error('The server has no port.');
    await page.goto(`http://localhost:${at.port}/`);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.reload();
    await playground.ready();
    const [worker] = page.workers();
    expect(await page.evaluate(ask, address)).toContain('refused');
    expect(await worker?.evaluate(ask, address)).toContain('refused');
    expect(await page.evaluate(compile)).toEqual({ text: false, wasm: true });
    expect(await worker?.evaluate(compile)).toEqual({ text: false, wasm: true });
    expect(visits).toBe(0);
    playground.takeComplaints();
  } finally {
    host.closeAllConnections();
    await new Promise((resolve) => host.close(resolve));
  }
});
