import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runSchema } from '../src/protocol/run.js';
import { expect, test } from './page.js';

const DIGITS = join(import.meta.dirname, 'fixtures/sign-digits-small.zip');

test('drops pictures, adapts, scrubs the map, exports, and reads the export again', async ({ playground }, testInfo) => {
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
  // Thirty pictures in ten classes: chance is a loss of ln 10 = 2.30, and the backbone is soon well below it.
  expect(run.epochs.at(-1)?.trainLoss).toBeLessThan((run.epochs[0]?.trainLoss ?? 0) - 0.2);

  await playground.blockSlider.focus();
  await page.keyboard.press('Home');
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', 'before merging, 65 tokens');
  await page.keyboard.press('ArrowRight');
  await expect(playground.blockSlider).toHaveAttribute('aria-valuetext', 'after block 1, 52 tokens');

  const weights = await playground.exportRun('Adapted weights');
  const exported = testInfo.outputPath(weights.suggestedFilename());
  await weights.saveAs(exported);
  await playground.drop(exported);
  await expect(data.getByRole('status')).toContainText(weights.suggestedFilename());
});
