import { readFileSync } from 'node:fs';
import { runSchema } from '../../src/protocol/runs/run.js';
import { expect, Playground, test } from '../support/page.js';

async function exported(playground: Playground): Promise<{ id: string; kernels: string; weights: Buffer }> {
  const record = await playground.exportRun('run.json');
  const weights = await playground.exportRun('Adapted weights');
  const { id, adapter } = runSchema.parse(JSON.parse(readFileSync(await record.path(), 'utf8')));
  return { id, kernels: adapter.architecture, weights: readFileSync(await weights.path()) };
}

test('a run that was paused, interrupted by a reload and continued ends with the same weights as one that was not', async ({
  playground,
}) => {
  const { page } = playground;
  const options = { epochs: 12, warmupEpochs: 1.2, learningRate: 0.003, imageSize: 64 };
  await playground.openDigits(options);
  await playground.adapt();
  const uninterrupted = await exported(playground);

  await playground.adaptButton.click();
  await expect(playground.reading('Epoch')).toHaveText(/^[2-9] of 12$/);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Resume', exact: true })).toBeVisible();
  await page.reload();

  const offer = page.getByTestId('interrupted');
  await expect(offer).toContainText(/interrupted after epoch \d+ of 12/);
  await offer.getByRole('button', { name: 'Continue' }).click();
  await expect(playground.adaptButton).toBeHidden();
  await expect(playground.adaptButton).toBeVisible();
  await expect(offer).toBeHidden();
  const continued = await exported(playground);
  expect(continued.id).not.toBe(uninterrupted.id);
  expect(continued.kernels).toBe(uninterrupted.kernels);
  expect(continued.weights.equals(uninterrupted.weights)).toBe(true);
});

test('a second tab says which run trains in the first, leaves it alone, and learns how it ended', async ({
  playground,
  context,
  baseURL,
}) => {
  await playground.openDigits({ epochs: 60, warmupEpochs: 6 });
  await playground.adaptButton.click();
  await expect(playground.reading('Epoch')).toHaveText(/^[2-9] of 60$/);

  const second = new Playground(await context.newPage(), new URL(baseURL ?? '').origin);
  await second.open();
  await second.ready();
  const row = second.runRows.first();
  await expect(row).toContainText('trains in another tab');
  await expect(second.page.getByTestId('interrupted')).toHaveCount(0);
  await expect(row.getByRole('button', { name: /^Delete/ })).toBeDisabled();

  await playground.page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(playground.adaptButton).toBeVisible();
  await expect(row).toContainText('stopped');
  await expect(second.page.getByTestId('interrupted')).toContainText('was stopped');
  await expect(row.getByRole('button', { name: /^Delete/ })).toBeEnabled();
  expect(second.complaints).toEqual([]);
});
