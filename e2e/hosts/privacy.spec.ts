import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { bareHost } from '../support/bare-host.js';
import { expect, test } from '../support/page.js';

test.use({ serviceWorkers: 'allow' });

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

/** Requests the address as a script in the page or the worker could, and returns the outcome. */
const ask = (url: string): Promise<string> =>
  fetch(url).then(
    (response) => response.text(),
    (error: unknown) => `refused: ${String(error)}`,
  );

/**
 * Whether the page or the worker may run text as code, and may compile the smallest WebAssembly module (magic and version alone). It runs
 * in a task of its own, since the policy does not apply to what a test evaluates directly.
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

test('on a host that sends no policy, the service worker keeps the page and its worker to their origin', async ({
  playground,
}) => {
  const { page } = playground;
  const host = await bareHost(join(import.meta.dirname, '../../dist'));
  try {
    await page.goto(host.address);
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
    await host.close();
  }
});
