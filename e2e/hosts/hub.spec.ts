import type { Page, Worker } from '@playwright/test';
import { LocalHub } from '../../src/testing/local-hub.js';
import { narrowBackbone } from '../support/narrow.js';
import { expect, test, type Playground } from '../support/page.js';

test.use({ serviceWorkers: 'allow' });

const CONFIG = { architecture: 'vit_narrow', num_classes: 3, pretrained_cfg: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2] } };

let hub: LocalHub;
let weights: Uint8Array;

test.beforeEach(async () => {
  weights = await narrowBackbone(1, { num_heads: '3' });
  hub = new LocalHub({ 'model.safetensors': weights, 'config.json': new TextEncoder().encode(JSON.stringify(CONFIG)) });
  await hub.start();
});

test.afterEach(() => hub.stop());

/** Fails on complaints other than requests to the hub and the browser's messages about broken connections, which these tests provoke. */
function onlyTheHub(playground: Playground): void {
  const others = playground
    .takeComplaints()
    .filter((text) => text !== `request to ${hub.origin}` && !/Failed to load resource: (net::|the server responded)/.test(text));
  expect(others).toEqual([]);
}

async function type(page: Page, reference: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Fetch from a hub' });
  if (!(await form.isVisible())) await page.getByText('More backbones, from the Hugging Face hub', { exact: true }).click();
  await form.getByRole('textbox', { name: 'Model' }).fill(reference);
}

const fetchButton = (page: Page) => page.getByRole('button', { name: 'Fetch', exact: true });
const filesAsked = (): (string | undefined)[] =>
  hub.asked.filter(({ path }) => path === '/cdn/model.safetensors').map(({ range }) => range);

/** Requests the address as a script in a worker could, and returns the outcome. */
const ask = (url: string): Promise<string> =>
  fetch(url).then(
    (response) => String(response.status),
    () => 'refused',
  );

test('a model is fetched from another host, continues after a cut connection, and survives a reload without that host', async ({
  playground,
}) => {
  const { page } = playground;
  const panel = page.getByRole('region', { name: 'Backbone', exact: true });
  hub.cuts = 1;
  hub.cutAfter = 300_000;
  await playground.open();
  await playground.ready();
  await type(page, `${hub.origin}/owner/name`);
  await expect(panel).toContainText(`Asks ${new URL(hub.origin).host} for this model, and no other host`);
  expect(hub.asked).toEqual([]);
  await fetchButton(page).click();
  await expect(page.getByRole('combobox', { name: 'Backbone' })).toHaveText('owner/name');
  await expect(panel).toContainText('2 blocks · 96 channels · 3 heads');
  await panel.getByText('How the file was understood').click();
  await expect(panel).toContainText('mean 0.5, 0.4, 0.3 and deviation 0.2, 0.2, 0.2, from config.json');
  expect(filesAsked()).toEqual(['bytes=0-', 'bytes=300000-']);
  await playground.ready();
  await expect(panel).toContainText('Kept in this browser');
  onlyTheHub(playground);

  await hub.stop();
  await page.reload();
  await expect(page.getByRole('combobox', { name: 'Backbone' })).toHaveText('owner/name');
  await playground.ready();
  await expect(panel).toContainText('2 blocks · 96 channels · 3 heads');
  await panel.getByText('Kept in this browser').click();
  await panel.getByRole('button', { name: 'Delete owner/name from this browser' }).click();
  await panel.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('combobox', { name: 'Backbone' })).toHaveText('Bundled ViT');
  // Nothing of the model is left in the private files.
  const left = page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    const names: string[] = [];
    for await (const name of folder.keys()) names.push(name);
    return names;
  });
  expect(await left).toEqual([]);
  await hub.start();
});

test('during a download only its worker reaches the host, and no other; the download continues after a reload', async ({
  playground,
}) => {
  const { page } = playground;
  const stranger = new LocalHub({ 'x.bin': new Uint8Array(3) });
  await stranger.start();
  try {
    await playground.open();
    await playground.ready();
    await type(page, `${hub.origin}/cdn/model.safetensors`);
    hub.silent = 1;
    await fetchButton(page).click();
    await expect(page.getByRole('progressbar', { name: 'Fetching model.safetensors' })).toBeVisible();
    await expect(page.getByRole('form', { name: 'Fetch from a hub' })).toContainText(/10\sB of/);
    const isDownloads = (worker: Worker): boolean => worker.url().includes('downloads-');
    await expect.poll(() => page.workers().filter(isDownloads).length).toBe(1);
    const downloads = page.workers().find(isDownloads);
    // The worker that trains, and its threads.
    const others = page.workers().filter((worker) => !isDownloads(worker));
    expect(others.length).toBeGreaterThan(0);
    expect(await downloads?.evaluate(ask, `${hub.origin}/cdn/config.json`)).toBe('200');
    expect(await downloads?.evaluate(ask, `${stranger.origin}/cdn/x.bin`)).toBe('refused');
    for (const worker of others) expect(await worker.evaluate(ask, `${hub.origin}/cdn/config.json`)).toBe('refused');
    expect(await page.evaluate(ask, `${hub.origin}/cdn/config.json`)).toBe('refused');
    expect(stranger.asked).toEqual([]);
    const complaints = playground.takeComplaints();
    expect(complaints.filter((text) => text.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(3);
    expect(filesAsked()).toEqual(['bytes=0-']);

    await page.reload();
    await playground.ready();
    await page.getByText('More backbones, from the Hugging Face hub', { exact: true }).click();
    await expect(page.getByRole('textbox', { name: 'Model' })).toHaveValue(`${hub.origin}/cdn/model.safetensors`);
    await expect(page.getByRole('form', { name: 'Fetch from a hub' })).toContainText('of an unfinished download are here');
    await fetchButton(page).click();
    await expect(page.getByRole('combobox', { name: 'Backbone' })).toHaveText('model.safetensors');
    expect(filesAsked()).toEqual(['bytes=0-', 'bytes=10-']);
    onlyTheHub(playground);
  } finally {
    await stranger.stop();
  }
});

test('a private model needs a token, which is used once; missing models are reported; a download can be cancelled', async ({
  playground,
}) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await type(page, `${hub.origin}/owner/private`);
  await fetchButton(page).click();
  const alert = page.getByRole('form', { name: 'Fetch from a hub' }).getByRole('alert');
  await expect(alert).toContainText('wants to know who asks (401); the model is private or gated');
  await page.getByLabel('Access token').fill('secret');
  await fetchButton(page).click();
  await expect(page.getByRole('combobox', { name: 'Backbone' })).toHaveText('owner/private');
  await expect(page.getByLabel('Access token')).toHaveValue('');
  expect(hub.asked.some(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
  const stored = await page.evaluate(() => JSON.stringify(Object.entries(localStorage)) + location.href);
  expect(stored).not.toContain('secret');

  await type(page, `${hub.origin}/nobody/name`);
  await fetchButton(page).click();
  await expect(alert).toContainText('has no such file or model (404)');
  await type(page, 'ftp://example.com/vit.npz');
  await expect(fetchButton(page)).toBeDisabled();

  await type(page, `${hub.origin}/cdn/model.safetensors`);
  hub.silent = 1;
  await fetchButton(page).click();
  await expect(page.getByRole('form', { name: 'Fetch from a hub' })).toContainText(/10\sB of/);
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(fetchButton(page)).toBeEnabled();
  await expect(alert).toBeHidden();
  hub.busy = { status: 429, times: 1, headers: { 'retry-after': '60' } };
  await fetchButton(page).click();
  await expect(page.getByRole('form', { name: 'Fetch from a hub' })).toContainText('answered 429 and asks to wait 60 s');
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await expect(fetchButton(page)).toBeEnabled();
  await expect(alert).toBeHidden();
  await page.getByRole('button', { name: 'Delete them' }).click();
  await expect(page.getByText('of an unfinished download')).toBeHidden();
  onlyTheHub(playground);
});

test('the service worker makes a policy only for a plain host', async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const answers = await page.evaluate(async () => {
    const list = await (await fetch('./offline.json')).text();
    const script = /"([^"]*\/downloads-[^"]*)"/.exec(list)?.[1] ?? '';
    const policyFor = async (host: string): Promise<string> => {
      const answer = await fetch(`${script}?connect=${encodeURIComponent(host)}`);
      return answer.ok ? (answer.headers.get('content-security-policy') ?? 'none') : String(answer.status);
    };
    const wrong = ['', '*', 'https://*', 'https://*.com', 'https://a.com;script-src', "https://a.com 'unsafe-eval'"];
    wrong.push('https://a.com/path', 'http://a.com', 'https://me:word@a.com', 'data:', 'https://a.com\nx');
    return {
      wrong: await Promise.all(wrong.map(policyFor)),
      plain: await policyFor('https://models.example.org:8443'),
      hub: await policyFor('https://huggingface.co'),
      worker: `${script}?connect=${encodeURIComponent('https://huggingface.co')}`,
    };
  });
  expect(new Set(answers.wrong)).toEqual(new Set(['400']));
  const base = "default-src 'none'; script-src 'self'; connect-src 'self'";
  expect(answers.plain).toBe(`${base} https://models.example.org:8443`);
  expect(answers.hub).toBe(`${base} https://huggingface.co https://*.huggingface.co https://*.hf.co`);
  expect(playground.takeComplaints().every((text) => text.includes('400'))).toBe(true);
  // The hub's file stores are subdomains of two domains, at any depth.
  const stores = [
    'cas-bridge.xethub.hf.co',
    'us.aws.cdn.hf.co',
    'us.gcp.cdn.hf.co',
    'cdn-lfs-us-1.hf.co',
    'cdn-lfs.huggingface.co',
  ];
  const beside = ['hf.co.example.com', 'xethub-hf.co', 'example.com'];
  await page.context().route('https://**', (route) => route.abort());
  const started = page.waitForEvent('worker');
  await page.evaluate((address) => {
    new Worker(address, { type: 'module' });
  }, answers.worker);
  const worker = await started;
  for (const host of [...stores, ...beside]) expect(await worker.evaluate(ask, `https://${host}/x`)).toBe('refused');
  const asked = playground.takeComplaints().filter((text) => text.startsWith('request to '));
  expect(asked).toEqual(stores.map((host) => `request to https://${host}`));
});
