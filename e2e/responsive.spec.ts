import { join } from 'node:path';
import { z } from 'zod';
import type { Page } from '@playwright/test';
import { expect, test } from './page.js';

const DIGITS = join(import.meta.dirname, 'fixtures/sign-digits-small.zip');

/** A click is answered within this many milliseconds while a run trains. */
const ANSWER = 100;
/** The page's own thread never blocks longer than this, in milliseconds; the browser reports no shorter tasks. */
const LONG_TASK = 50;
const CLICKS = 12;

// What the page does too slowly, it does each time; what else the machine was busy with, it is not.
test.describe.configure({ retries: 2 });

const seenSchema = z.object({ tasks: z.array(z.number()), answers: z.array(z.number()) });

/** From now on writes down the tasks that block the thread, and how long the page takes to draw what a click changed. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = { tasks: [] as number[], answers: [] as number[] };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.tasks.push(entry.duration);
    }).observe({ type: 'longtask' });
    document.addEventListener(
      'click',
      (event) => {
        requestAnimationFrame(() => setTimeout(() => seen.answers.push(performance.now() - event.timeStamp)));
      },
      { capture: true },
    );
  });
}

async function seen(page: Page): Promise<z.infer<typeof seenSchema>> {
  return seenSchema.parse(JSON.parse(await page.evaluate(() => JSON.stringify(Reflect.get(window, 'seen')))));
}

const rounded = (values: readonly number[]): string => values.map(Math.round).join(', ');

/** Whether the run has come to its end, without the search by role that would itself keep the page's thread busy. */
const ended = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.querySelector('.run-panel .button[data-look="filled"]') !== null);

test('from the press of Adapt over the ends of epochs to the end of the run, the page’s thread never blocks', async ({
  playground,
}) => {
  const { page } = playground;
  await playground.open({ epochs: 4, warmupEpochs: 0.4, imageSize: 48 });
  await playground.ready();
  await playground.pick(DIGITS);
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('30 train');
  await playground.ready();
  await watch(page);
  await playground.adaptButton.click();
  await page.waitForTimeout(500);
  for (let waited = 0; waited < 300 && !(await ended(page)); waited++) await page.waitForTimeout(500);
  // The run's own map takes the live one's place.
  await page.waitForTimeout(3000);
  const { tasks } = await seen(page);
  await expect(playground.reading('Test')).toHaveText(/%/);
  expect(Math.max(0, ...tasks), `long tasks in ms: ${rounded(tasks)}`).toBeLessThanOrEqual(LONG_TASK);
});

test('while it trains, clicks are answered at once and the page’s thread never blocks', async ({ playground }) => {
  const { page } = playground;
  await playground.open({ epochs: 40, warmupEpochs: 4, imageSize: 48 });
  await playground.ready();
  await page.getByRole('button', { name: 'Adapt', exact: true }).click();
  await expect(playground.reading('Loss')).toHaveText(/nats/);

  await watch(page);
  for (let click = 0; click < CLICKS; click++) {
    const axis = ['Tokens left', 'img/s', 'GMACs'][click % 3] ?? '';
    const button = page
      .getByRole('radio', { name: axis })
      .or(page.getByRole('button', { name: axis, exact: true }))
      .first();
    await button.click();
    await page.waitForTimeout(400);
  }
  const { tasks, answers } = await seen(page);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();

  expect(answers.length).toBeGreaterThanOrEqual(CLICKS);
  expect(Math.max(...answers), `answers in ms: ${rounded(answers)}`).toBeLessThanOrEqual(ANSWER);
  expect(Math.max(0, ...tasks), `long tasks in ms: ${rounded(tasks)}`).toBeLessThanOrEqual(LONG_TASK);
});
