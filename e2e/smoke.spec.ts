import { expect, test } from './page.js';

test('the page loads, finds a WebGPU adapter, and asks nobody but its own origin', async ({ playground }) => {
  await playground.open();
  await expect(playground.page).toHaveTitle(/PYRA Playground/);
  const adapter = await playground.page.evaluate(async () => (await navigator.gpu.requestAdapter())?.info.vendor);
  expect(adapter).toBeTruthy();
});
