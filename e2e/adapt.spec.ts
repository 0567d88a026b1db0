import { join } from 'node:path';
import { expect, test } from './page.js';

const DIGITS = join(import.meta.dirname, 'fixtures/sign-digits-small.zip');

test('the map follows the run that trains, and a lost GPU device costs no more than an epoch', async ({
  playground,
  browser,
}) => {
  const { page } = playground;
  await playground.open({ epochs: 12, warmupEpochs: 1, imageSize: 32, batchSize: 16 }, 'gpu');
  await playground.ready();
  await playground.pick(DIGITS);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
  await playground.ready();
  const map = page.getByRole('region', { name: 'Merge map' });
  await expect(map).toContainText('untrained head');

  await playground.adaptButton.click();
  await expect(playground.reading('Epoch')).toHaveText(/of 12$/);
  await expect(map).toContainText(/\d+ %/);
  await expect(playground.reading('Best validation')).toHaveText(/%/);

  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  await expect(page.getByRole('alert')).toContainText('the GPU device was lost');
  await expect(playground.adaptButton).toBeVisible();
  await expect(playground.reading('Epoch')).toHaveText('12 of 12');
  await expect(playground.reading('Test')).toHaveText(/%/);
});

test('a data set is there again after a reload, and adapted weights measure as they did', async ({ playground }, testInfo) => {
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
  test(`the golden files' numbers come out on this computer's ${machine}`, async ({ playground }) => {
    const { page } = playground;
    await playground.open({}, machine);
    await playground.ready();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('button', { name: 'Run the bundled files' }).click();
    await expect(page.getByText(/All \d+ within bounds/)).toHaveCount(5);
  });
}
