import { createServer, type Server } from 'node:http';
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

test('neither the page nor its worker can reach another origin', async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  const worker = page.workers()[0] ?? (await page.waitForEvent('worker'));
  expect(await page.evaluate(ask, address)).toContain('refused');
  expect(await worker.evaluate(ask, address)).toContain('refused');
  expect(visits).toBe(0);
  expect(playground.takeComplaints()).toEqual(expect.arrayContaining([expect.stringContaining('Content Security Policy')]));
});
