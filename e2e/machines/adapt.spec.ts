import type { Page } from '@playwright/test';
import { DIGITS, expect, test } from '../support/page.js';

/** Records what the page says it is doing, and its progress, from now on. */
async function watchProgress(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const said = new Set<string>();
    Object.assign(window, { said });
    new MutationObserver(() => {
      for (const bar of document.querySelectorAll('[role="progressbar"]')) said.add(bar.parentElement?.innerText ?? '');
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

const said = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const found: unknown = Reflect.get(window, 'said');
    return found instanceof Set ? [...found].join('\n\n') : '';
  });

/** Enough that the device is lost while several are left: the software adapter takes seconds for each. */
const EPOCHS = 5;

test('on the GPU: shaders compile, the map follows training, a lost device costs at most an epoch, and an export is read again', async ({
  playground,
  browser,
}, testInfo) => {
  const { page } = playground;
  await watchProgress(page);
  await playground.open({ epochs: EPOCHS, warmupEpochs: 1, imageSize: 32, batchSize: 16 }, 'gpu');
  await playground.ready();
  await playground.pick(DIGITS);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
  await playground.ready();
  const map = page.getByRole('region', { name: 'Merge map' });
  await expect(map).toContainText('not trained yet');

  await playground.adaptButton.click();
  await expect(map).toContainText('Live run');
  await expect(map).toContainText(/\d+ %/);
  await expect(playground.reading('Best validation')).toHaveText(/%/);
  // All this while it trains, and the device is lost in the middle of the run.
  expect(await playground.adaptButton.isHidden()).toBe(true);
  expect(await playground.reading('Epoch').textContent()).not.toBe(`${EPOCHS} of ${EPOCHS}`);

  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  await expect(page.getByRole('alert')).toContainText('the GPU device was lost');
  await expect(playground.adaptButton).toBeVisible();
  await expect(playground.reading('Epoch')).toHaveText(`${EPOCHS} of ${EPOCHS}`);
  await expect(playground.reading('Test')).toHaveText(/%/);
  expect(await said(page)).toMatch(/Compiling shaders for the training step\s+\d+ of \d+/);

  await playground.blockSlider.press('Home');
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', 'before merging, 17 tokens');
  const exported = testInfo.outputPath('mine.safetensors');
  await (await playground.exportRun('Adapted weights')).saveAs(exported);
  await playground.drop(exported);
  await expect(page.getByRole('region', { name: 'Data', exact: true }).getByRole('status')).toContainText('mine');
  await expect(playground.runRows).toHaveCount(2);
});

test('a data set survives a reload, and adapted weights have the same accuracy afterwards', async ({ playground }, testInfo) => {
  const { page } = playground;
  await playground.open({ epochs: 3, warmupEpochs: 0.3, imageSize: 32, learningRate: 0.005 });
  await playground.ready();
  await playground.drop(DIGITS);
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('30 train');
  await playground.ready();
  await playground.adapt();
  await expect(playground.reading('Test')).toHaveText(/%/);
  const measured = (await playground.reading('Test').textContent()) ?? '';
  const weights = testInfo.outputPath('mine.safetensors');
  await (await playground.exportRun('Adapted weights')).saveAs(weights);

  await page.reload();
  await expect(data).toContainText('30 train');
  await playground.ready();
  await playground.drop(weights);
  await expect(data.getByRole('status')).toContainText('mine');
  await expect(playground.runRows).toHaveCount(2);
  await expect(playground.reading('Test')).toHaveText(measured);
});

for (const machine of ['gpu', 'cpu'] as const) {
  test(`the golden files pass on this computer's ${machine}`, async ({ playground }) => {
    const { page } = playground;
    await playground.open({}, machine);
    await playground.ready();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('button', { name: 'Run the bundled files' }).click();
    await expect(page.getByText(/All \d+ within bounds/)).toHaveCount(6);
  });
}
