/** The playground in the installed Firefox. On Linux that has no WebGPU, so the page computes on the processors. */
import { expect, test } from '@playwright/test';
import type { Browser } from 'puppeteer-core';
import { launch, Tab } from '../support/tab.js';

let browser: Browser;

test.beforeAll(async () => {
  browser = await launch('firefox');
});

test.afterAll(async () => {
  await browser?.close();
});

test('Firefox makes a merge map, adapts to the drawn task, and measures the test pictures', async ({ baseURL }) => {
  const tab = new Tab(await browser.newPage());
  await tab.page.goto(`${baseURL}#epochs=1&warmupEpochs=0&imageSize=32`);
  await tab.shows('.header-adapter', /^CPU/);
  await tab.has('.slider-thumb[aria-valuetext^="after block"]:not([data-disabled])');
  await tab.page.focus('.slider-thumb');
  await tab.page.keyboard.press('End');
  await tab.has('.slider-thumb[aria-valuetext^="after block 12,"]');

  await tab.press('Adapt');
  await tab.shows('.readings > div', /Epoch\s+1 of 1/);
  await tab.shows('.readings > div', /Test\s+\d+(\.\d+)?\s%/);
  await tab.shows('.prediction', /\d\s%/);
  expect(tab.complaints).toEqual([]);
});
