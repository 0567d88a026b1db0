import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resultsSchema } from '../../src/protocol/runs/run.js';
import { pyra } from '../../src/testing/command-line.js';
import { expect, test } from '../support/page.js';

test('the study that comes with the page fills the figure, its runs open and predict, and it can be hidden', async ({
  playground,
}) => {
  const { page } = playground;
  await playground.open({ data: 'task:count' }, 'cpu');
  await playground.ready();
  const points = page.getByTestId('compression-figure').getByRole('button');
  await expect(points.first()).toBeVisible();
  await expect(page.getByText('The study that comes with the page')).toBeVisible();
  await points.last().click();
  const details = page.getByRole('region', { name: 'The chosen run' });
  await expect(details).toContainText('No merging');
  await expect(details).toContainText('of 5000 pictures');
  // A run whose weights come with the page predicts other pictures.
  await page
    .getByTestId('compression-figure')
    .getByRole('button', { name: /^PYRA high/ })
    .click();
  await expect(details).toContainText('PYRA high');
  await details.getByRole('button', { name: 'Predict' }).click();
  await page.getByTestId('folder-input').setInputFiles('public/pictures');
  const predictions = page.getByRole('region', { name: 'Predictions', exact: true });
  const cards = predictions.getByRole('list', { name: 'The predicted class of each picture' }).getByRole('listitem');
  await expect(cards).toHaveCount(3);
  await expect(cards.filter({ hasText: 'cat.jpg' })).toContainText(/[1-8]\d+\.\d\s%cat\.jpg\d/);
  await predictions.getByRole('button', { name: 'Show cat.jpg on the map' }).click();
  await expect(page.locator('.prediction').first()).toContainText('%');
  await page.getByRole('button', { name: 'Hide the study' }).click();
  await expect(page.getByTestId('compression-figure')).toHaveCount(0);
  await expect(details).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Show the study' })).toBeVisible();
  await expect(page.getByTestId('compression-figure')).toHaveCount(0);
});

test('a report opens from disk without a network and shows every figure', async ({ browser }) => {
  const folder = mkdtempSync(join(tmpdir(), 'pyra-report-page-'));
  const report = await pyra(['report', 'public/study/runs.json', '--title', 'The study', '--out', folder]);
  expect(report.code).toBe(0);
  const context = await browser.newContext({ offline: true });
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(join(folder, 'index.html')).href);
  await expect(page.getByRole('heading', { name: 'The study' })).toBeVisible();
  const { runs } = resultsSchema.parse(JSON.parse(readFileSync('public/study/runs.json', 'utf8')));
  const sets = new Set(runs.map(({ configuration }) => configuration.data));
  for (const name of sets) await expect(page.getByRole('img', { name: `Accuracy over cost, ${name}` })).toBeVisible();
  await expect(page.getByRole('img', { name: 'Accuracy by data set' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'PYRA minus ToMe' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'McNemar p' })).toBeVisible();
  await expect(page.getByText('Chance, always predicting the most frequent class')).toHaveCount(sets.size);
  expect(requests).toHaveLength(1);
  expect(complaints).toEqual([]);
  await context.close();
  rmSync(folder, { recursive: true });
});
