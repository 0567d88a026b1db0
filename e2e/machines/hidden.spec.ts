import { expect, test } from '@playwright/test';
import { launch, Tab } from '../support/tab.js';

test('a tab that another tab hides trains to the end', async ({ baseURL }) => {
  const browser = await launch('chrome');
  try {
    const tab = new Tab(await browser.newPage());
    await tab.page.goto(`${baseURL}?machine=cpu#epochs=4&warmupEpochs=0&imageSize=32`);
    await tab.press('Adapt');
    await tab.shows('.readings > div', /Epoch\s+\d of 4/);
    await (await browser.newPage()).bringToFront();
    expect(await tab.page.evaluate(() => document.visibilityState)).toBe('hidden');
    await tab.shows('.readings > div', /Epoch\s+4 of 4/);
    await tab.shows('.readings > div', /Test\s+\d+(\.\d+)?\s%/);
    expect(await tab.page.evaluate(() => document.visibilityState)).toBe('hidden');
    expect(tab.complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
