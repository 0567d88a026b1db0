import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pyra } from '../src/testing/command-line.js';
import { expect, test } from './page.js';

test('the study that comes with the page fills the figure, its runs open, and one press hides it', async ({ playground }) => {
  const { page } = playground;
  await playground.open({ data: 'task:count' });
  await playground.ready();
  const points = page.getByTestId('compression-figure').getByRole('button');
  await expect(points.first()).toBeVisible();
  await expect(page.getByText('The study that comes with the page')).toBeVisible();
  await points.last().click();
  const details = page.getByRole('region', { name: 'The chosen run' });
  await expect(details).toContainText('count-');
  await expect(details).toContainText('of 5000 pictures');
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
  for (const name of ['task:count', 'task:texture']) {
    await expect(page.getByRole('img', { name: `Accuracy over cost, ${name}` })).toBeVisible();
  }
  await expect(page.getByRole('img', { name: 'Accuracy by data set' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'PYRA minus ToMe' })).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'McNemar p' })).toBeVisible();
  await expect(page.getByText('Chance, always naming the most frequent class')).toHaveCount(2);
  expect(requests).toHaveLength(1);
  expect(complaints).toEqual([]);
  await context.close();
  rmSync(folder, { recursive: true });
});
