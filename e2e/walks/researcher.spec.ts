import { readFileSync, writeFileSync } from 'node:fs';
import type { Download } from '@playwright/test';
import { resultsSchema, type RunRecord } from '../../src/protocol/runs/run.js';
import { seriousFindings } from '../support/axe.js';
import { expect, test, type Playground } from '../support/page.js';

/** Two pairs of the study's runs at high as a person's own runs, and copies of them at low. */
function ownRuns(): RunRecord[] {
  const { runs } = resultsSchema.parse(JSON.parse(readFileSync('public/study/runs.json', 'utf8')));
  const high = runs.filter(
    ({ configuration: { data, method, schedule, seed } }) =>
      data === 'task:count' && (method === 'tome' || method === 'pyra') && schedule === 'high' && seed < 2,
  );
  return high.flatMap((run, index) => [
    { ...run, id: `high-${index}`, name: `mine ${index}` },
    {
      ...run,
      id: `low-${index}`,
      name: `mine low ${index}`,
      macs: 2 * run.macs,
      configuration: { ...run.configuration, schedule: 'low' },
    },
  ]);
}

async function giveRuns(playground: Playground, pathOf: (name: string) => string): Promise<void> {
  for (const [index, run] of ownRuns().entries()) {
    const path = pathOf(`${run.id}.json`);
    writeFileSync(path, JSON.stringify(run));
    await playground.drop(path);
    await expect(playground.runRows).toHaveCount(index + 1);
  }
}

const textOf = async (download: Download): Promise<string> => readFileSync(await download.path(), 'utf8');

test('a researcher compares methods, reads how certain the result is, and saves the figure for a paper', async ({
  playground,
}, testInfo) => {
  const { page } = playground;
  await playground.open({ data: 'task:count', imageSize: 48, epochs: 1, warmupEpochs: 0 }, 'cpu');
  await playground.ready();
  const compare = page.getByRole('region', { name: 'Compare', exact: true });
  await expect(compare.getByRole('button', { name: 'Compare PYRA with ToMe' })).toBeEnabled();
  await expect(compare.locator('#compare-offer-words')).toContainText('12 runs of 1 epoch');
  await giveRuns(playground, (name) => testInfo.outputPath(name));
  await compare.getByRole('button', { name: 'Hide the study' }).click();

  // How certain the result is, in words and numbers. The study's copies of the same runs do not count twice.
  const figure = compare.getByRole('region', { name: /^Accuracy against compression/ });
  await expect(figure.getByRole('rowheader', { name: 'high' })).toBeVisible();
  await expect(figure).toContainText('Neither is shown to be better: the 95 % interval over 2 pairs includes 0.');
  await figure.getByText('Caption for a paper').click();
  await expect(page.getByTestId('figure-caption')).toContainText('Means over seeds 0, 1.');

  // The figure as a file: light, with words as outlines, independent of what is selected on the page.
  const save = async (form: string): Promise<Download> => {
    await page.getByRole('button', { name: 'Save figure' }).focus();
    await page.keyboard.press('Enter');
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: form }).click();
    return download;
  };
  const svg = await textOf(await save('SVG'));
  expect(svg).toContain('aria-label="Test accuracy (n = 5000)"');
  expect(svg).not.toMatch(/<text|var\(--|<style/);
  expect(await textOf(await save('LaTeX'))).toContain('PYRA & high');
  const png = readFileSync(await (await save('PNG')).path());
  expect(png.includes('pHYs')).toBe(true);

  // Runs: group by method and rate, filter, write a note, and overlay curves.
  await page.getByRole('button', { name: 'Group seeds' }).click();
  await expect(page.getByTestId('run-family')).toHaveCount(4);
  await page.getByRole('button', { name: 'Group seeds' }).click();
  await page.getByRole('searchbox', { name: 'Filter runs' }).fill('pyra low');
  await expect(playground.runRows).toHaveCount(2);
  for (const box of await page.getByRole('checkbox', { name: /^Keep the curves of PYRA low/ }).all()) await box.check();
  await playground.runRows
    .first()
    .getByRole('button', { name: /^PYRA low/ })
    .click();
  await expect(page.getByRole('list', { name: 'Runs in the curves' }).getByRole('listitem')).toHaveCount(3);
  await page.getByRole('textbox', { name: 'Notes' }).fill('the one for the paper');
  await page.getByRole('searchbox', { name: 'Filter runs' }).fill('paper');
  await expect(playground.runRows).toHaveCount(1);
  expect(await seriousFindings(playground)).toEqual([]);
});

test('on a phone a sweep is set up, wrong seeds are refused with their range, and its names are shown in full', async ({
  playground,
}) => {
  const { page } = playground;
  await page.setViewportSize({ width: 390, height: 844 });
  await playground.open({ data: 'task:count', imageSize: 48, epochs: 1, warmupEpochs: 0 }, 'cpu');
  await page.getByRole('tab', { name: 'Compare' }).click();
  const sweep = page.getByRole('region', { name: 'Sweep', exact: true });
  await sweep.locator('summary').click();
  await expect(page.getByTestId('sweep-estimate')).toContainText('15 runs');
  await sweep.getByRole('textbox', { name: 'Seeds' }).fill('0 -1');
  await expect(sweep).toContainText('“-1” is no seed: a whole number from 0 to 4294967295');
  await sweep.getByRole('textbox', { name: 'Seeds' }).fill('0-1');
  await sweep.getByRole('button', { name: 'Add to the queue' }).click();
  await expect(sweep.getByRole('rowheader')).toHaveText(['No merging', 'ToMe low', 'PYRA low', 'ToMe high', 'PYRA high']);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  expect(await seriousFindings(playground)).toEqual([]);
});
