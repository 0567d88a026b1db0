import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test, type Page } from '@playwright/test';
import { expect } from '../support/progress.js';
import { build } from 'vite';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = `${root}src/data/fixtures/`;
const { side, pictures } = z
  .object({ side: z.number(), pictures: z.record(z.string(), z.object({ size: z.array(z.number()), rgb: z.string() })) })
  .parse(JSON.parse(readFileSync(`${fixtures}pictures.json`, 'utf8')));

const builtSchema = z.array(z.object({ output: z.tuple([z.object({ code: z.string() })]) }));
const answerSchema = z.object({ value: z.unknown().optional(), error: z.string().optional() });

/** Bundles the worker into one file. */
async function bundle(): Promise<string> {
  const built = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: false, lib: { entry: `${root}e2e/support/workers/pictures.ts`, formats: ['es'] } },
  });
  return builtSchema.parse(built)[0]?.output[0].code ?? '';
}

let code = '';
test.beforeAll(async () => {
  code = await bundle();
});

test.beforeEach(async ({ page }) => {
  await page.route('**/blank.html', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Test</title>' }),
  );
  await page.route('**/pictures.js', (route) => route.fulfill({ contentType: 'text/javascript', body: code }));
  await page.goto('./blank.html');
});

async function ask(page: Page, question: Record<string, unknown>): Promise<unknown> {
  const answer = await page.evaluate(async (asked) => {
    const worker = new Worker('./pictures.js', { type: 'module' });
    const bytes =
      typeof asked['base64'] === 'string'
        ? Uint8Array.from(atob(asked['base64']), (character) => character.charCodeAt(0))
        : undefined;
    const answered = new Promise<unknown>((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<unknown>) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
    worker.postMessage(bytes ? { ...asked, bytes } : asked);
    const data = await answered;
    worker.terminate();
    return data;
  }, question);
  const { value, error } = answerSchema.parse(answer);
  if (error !== undefined) throw new Error(error);
  return value;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

test('the browser decodes, orients and resizes every format of picture as PIL does', async ({ page }) => {
  const decodedSchema = z.object({ size: z.array(z.number()), pixels: z.array(z.number()) });
  for (const [name, { size, rgb }] of Object.entries(pictures)) {
    const bytes = readFileSync(`${fixtures}pictures/${name}`);
    const decoded = decodedSchema.parse(await ask(page, { ask: 'decode', name, side, base64: base64(bytes) }));
    expect(decoded.size, name).toEqual(size);
    const expected = Buffer.from(rgb, 'hex');
    let total = 0;
    expected.forEach((value, i) => (total += Math.abs((decoded.pixels[Math.floor(i / 3) * 4 + (i % 3)] ?? NaN) - value)));
    // Mean over pixels and channels, in 8-bit steps. Lossy formats may differ by the rounding of decoders.
    expect.soft(total / expected.length, name).toBeLessThan(1);
  }
});

test('a file that is no picture is refused by its name', async ({ page }) => {
  const broken = base64(new TextEncoder().encode('no picture at all, just words'));
  await expect(ask(page, { ask: 'decode', name: 'cat.jpg', side, base64: broken })).rejects.toThrow(
    'cat.jpg: this browser cannot decode',
  );
});

test('kept pixels survive a reload, one worker at a time', async ({ page }) => {
  await ask(page, { ask: 'put', fingerprint: 'f1', key: '64/0', base64: base64(Uint8Array.of(1, 2, 3)) });
  await ask(page, { ask: 'put', fingerprint: 'f1', key: '64/1', base64: base64(Uint8Array.of(4, 5)) });
  await page.reload();
  expect(await ask(page, { ask: 'get', fingerprint: 'f1', key: '64/0' })).toEqual([1, 2, 3]);
  expect(await ask(page, { ask: 'get', fingerprint: 'f1', key: '64/1' })).toEqual([4, 5]);
  expect(await ask(page, { ask: 'kept' })).toEqual(['f1']);
  await ask(page, { ask: 'delete', fingerprint: 'f1' });
  expect(await ask(page, { ask: 'kept' })).toEqual([]);
});
