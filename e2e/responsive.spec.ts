import { z } from 'zod';
import { expect, test } from './page.js';

/** A click is answered within this many milliseconds while a run trains. */
const ANSWER = 100;
/** The page's own thread never blocks longer than this, in milliseconds; the browser reports no shorter tasks. */
const LONG_TASK = 50;
const CLICKS = 12;

test('while it trains, clicks are answered at once and the page’s thread never blocks', async ({ playground }) => {
  const { page } = playground;
  await playground.open({ epochs: 40, warmupEpochs: 4, imageSize: 48 });
  await playground.ready();
  await page.getByRole('button', { name: 'Adapt', exact: true }).click();
  await expect(playground.reading('Loss')).toHaveText(/nats/);

  await page.evaluate(() => {
    const tasks: number[] = [];
    const answers: number[] = [];
    const seen = { tasks, answers };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.tasks.push(entry.duration);
    }).observe({ type: 'longtask' });
    // From the moment of the click to the page having drawn what it changed.
    document.addEventListener(
      'click',
      (event) => {
        requestAnimationFrame(() => setTimeout(() => seen.answers.push(performance.now() - event.timeStamp)));
      },
      { capture: true },
    );
  });
  for (let click = 0; click < CLICKS; click++) {
    const axis = ['Tokens left', 'img/s', 'GMACs'][click % 3] ?? '';
    const button = page
      .getByRole('radio', { name: axis })
      .or(page.getByRole('button', { name: axis, exact: true }))
      .first();
    await button.click();
    await page.waitForTimeout(400);
  }
  const seen: unknown = JSON.parse(await page.evaluate(() => JSON.stringify(Reflect.get(window, 'seen'))));
  const { tasks, answers } = z.object({ tasks: z.array(z.number()), answers: z.array(z.number()) }).parse(seen);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();

  expect(answers.length).toBeGreaterThanOrEqual(CLICKS);
  expect(Math.max(...answers), `answers in ms: ${answers.map(Math.round).join(', ')}`).toBeLessThanOrEqual(ANSWER);
  expect(Math.max(0, ...tasks), `long tasks in ms: ${tasks.map(Math.round).join(', ')}`).toBeLessThanOrEqual(LONG_TASK);
});
