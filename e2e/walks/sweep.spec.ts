import { readFileSync } from 'node:fs';
import { expect, test } from '../support/page.js';

test('a sweep of two methods at three rates draws its curve, and its runs survive a reload', async ({ playground }) => {
  const { page } = playground;
  await playground.openDigits();

  const sweep = page.getByRole('region', { name: 'Sweep' });
  await sweep.locator('summary').click();
  await sweep.getByRole('button', { name: 'No merging' }).click();
  await sweep.getByRole('textbox', { name: 'Schedules' }).fill('2 low high');
  await sweep.getByRole('textbox', { name: 'Seeds' }).fill('0');
  await expect(page.getByTestId('sweep-estimate')).toContainText('6 runs');
  await sweep.getByRole('button', { name: 'Add to the queue' }).click();
  await sweep.getByRole('button', { name: 'Run sweep' }).click();
  await expect(sweep).toContainText('6 of 6 done');

  await expect(playground.runRows).toHaveCount(6);
  const points = page.getByTestId('compression-figure').locator('circle');
  await expect.poll(() => points.count()).toBeGreaterThanOrEqual(6);
  await page.reload();
  await expect(playground.runRows).toHaveCount(6);
});

test('a map is moved through and saved by keyboard alone', async ({ playground }) => {
  const { page } = playground;
  await playground.open();
  await playground.ready();
  await playground.blockSlider.focus();
  await page.keyboard.press('End');
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', /^after block 12, \d+ tokens$/);
  await page.getByRole('button', { name: 'Save map as SVG' }).focus();
  const svg = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const text = readFileSync(await (await svg).path(), 'utf8');
  expect(text).toMatch(/^<svg/);
  await page.getByRole('button', { name: 'Save map as PNG' }).focus();
  const png = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const bytes = readFileSync(await (await png).path());
  expect([...bytes.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
});
