import { readFileSync } from 'node:fs';
import { runSchema } from '../../src/protocol/runs/run.js';
import { DIGITS, expect, Playground, test } from '../support/page.js';

test('drops pictures, adapts, moves through the map, exports, and reads the export again', async ({ playground }, testInfo) => {
  const { page } = playground;
  await playground.open({ epochs: 6, warmupEpochs: 0.6, learningRate: 0.005 });
  await playground.ready();

  await playground.drop(DIGITS);
  const data = page.getByRole('region', { name: 'Data', exact: true });
  await expect(data).toContainText('sign-digits-small.zip');
  await expect(data).toContainText('30 train · 10 validation · 20 test');
  await playground.ready();

  await playground.adapt();
  await expect(playground.runRows).toHaveCount(1);
  await expect(playground.reading('Test')).toHaveText(/%/);
  const record = await playground.exportRun('run.json');
  const run = runSchema.parse(JSON.parse(readFileSync(await record.path(), 'utf8')));
  expect(run.state).toBe('finished');
  expect(run.test?.images).toBe(20);
  expect(run.epochs).toHaveLength(6);
  // Thirty pictures in ten classes: chance is a loss of ln 10 = 2.30, and training soon gets well below it.
  expect(run.epochs.at(-1)?.trainLoss).toBeLessThan((run.epochs[0]?.trainLoss ?? 0) - 0.2);

  await playground.blockSlider.focus();
  await page.keyboard.press('Home');
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', 'before merging, 145 tokens');
  await page.keyboard.press('ArrowRight');
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', 'after block 1, 116 tokens');

  const weights = await playground.exportRun('Adapted weights');
  const exported = testInfo.outputPath(weights.suggestedFilename());
  await weights.saveAs(exported);
  await playground.drop(exported);
  await expect(data.getByRole('status')).toContainText(weights.suggestedFilename());
});

test('compares two epochs of a run, measures it again, and restores it elsewhere from one file', async ({
  playground,
  browser,
  baseURL,
}, testInfo) => {
  const { page } = playground;
  await playground.open({ epochs: 3, warmupEpochs: 0.3, learningRate: 0.005 });
  await playground.ready();
  await playground.drop(DIGITS);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
  await playground.ready();
  await playground.adapt();
  await playground.ready();

  await page.getByRole('button', { name: 'Show a second map beside this one' }).click();
  for (const [pane, epoch] of [
    ['First map', 1],
    ['Second map', 3],
  ] as const) {
    await page.getByRole('combobox', { name: pane }).click();
    await page.getByRole('option', { name: `after epoch ${epoch}` }).click();
    await expect(page.getByRole('combobox', { name: pane })).toContainText(`after epoch ${epoch}`);
  }
  await expect(page.locator('.prediction')).toHaveCount(2);
  // Other weights predict the same picture with other probabilities.
  const [first, second] = await page.locator('.guess .number').allTextContents();
  expect([first, second].every((share) => /%$/.test(share ?? ''))).toBe(true);

  const chosen = page.getByRole('region', { name: 'The chosen run' });
  await chosen.getByRole('button', { name: 'Measure again' }).click();
  await expect(chosen).toContainText(/img\/s on CPU/);
  await expect(chosen.getByRole('button', { name: 'Measure again' })).toBeEnabled();
  const accuracy = await playground.reading('Test').textContent();

  const saved = await playground.exportRun('Everything as one zip');
  const path = testInfo.outputPath(saved.suggestedFilename());
  await saved.saveAs(path);
  const elsewhere = await browser.newContext({ ...(baseURL === undefined ? {} : { baseURL }) });
  const other = new Playground(await elsewhere.newPage(), new URL(baseURL ?? page.url()).origin);
  await other.open();
  await other.ready();
  await other.drop(DIGITS);
  await expect(other.page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
  await other.drop(path);
  await expect(other.runRows).toHaveCount(1);
  await expect(other.reading('Test')).toHaveText(accuracy ?? '');
  // The file contains the weights, so the map is the run's.
  await expect(other.page.locator('.prediction').first()).toContainText('%');
  await expect(other.page.getByRole('alert')).toHaveCount(0);
  expect(other.complaints).toEqual([]);
  await elsewhere.close();
});
