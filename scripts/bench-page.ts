/**
 * Measures how the built page answers, on the idle page and while it trains: how long a click takes until what it changed is drawn, and
 * which tasks block the page's thread for 50 ms or more. Prints the numbers beside what is hoped for; a busy machine makes them worse,
 * which is why no test holds them.
 *
 *     npm run bench:page -- [--clicks 24] [--epochs 12] [--json]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import { build, preview } from 'vite';
import { z } from 'zod';
import { chromiumSwitches, findChromium } from '../e2e/browser.js';
import { expect, Playground } from '../e2e/page.js';

/** A click should be answered, and a task over, within so many milliseconds; the browser tells of no task below the second. */
const HOPED = { click: 100, task: 50 } as const;

const { values } = parseArgs({ options: { clicks: { type: 'string' }, epochs: { type: 'string' }, json: { type: 'boolean' } } });
const [clicks, epochs] = [Number(values.clicks ?? 24), Number(values.epochs ?? 12)];
if (!Number.isInteger(clicks) || clicks < 1) throw new Error('--clicks: a whole number from 1');
if (!Number.isInteger(epochs) || epochs < 1) throw new Error('--epochs: a whole number from 1');

const seenSchema = z.object({ tasks: z.array(z.number()), answers: z.array(z.number()) });
type Seen = z.infer<typeof seenSchema>;

interface Measured extends Seen {
  readonly when: string;
}

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

/** What was written down since the last time. */
async function take(page: Page): Promise<Seen> {
  const text = await page.evaluate(() => {
    const seen: unknown = Reflect.get(window, 'seen');
    const found = JSON.stringify(seen);
    if (typeof seen === 'object' && seen !== null) Object.assign(seen, { tasks: [], answers: [] });
    return found;
  });
  return seenSchema.parse(JSON.parse(text));
}

/** Clicks on what changes the figure, one after the other, each when the one before was answered. */
async function click(page: Page): Promise<void> {
  for (let count = 0; count < clicks; count++) {
    const axis = ['Tokens left', 'img/s', 'GMACs'][count % 3] ?? '';
    const choice = page.getByRole('radio', { name: axis }).or(page.getByRole('button', { name: axis, exact: true }));
    await choice.first().click();
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

async function measure(playground: Playground): Promise<Measured[]> {
  const { page } = playground;
  await playground.open({ epochs, warmupEpochs: epochs / 10, imageSize: 48 });
  await playground.ready();
  await watch(page);
  await click(page);
  const idle = await take(page);
  await playground.adaptButton.click();
  await expect(playground.reading('Loss')).toHaveText(/nats/);
  const begun = await take(page);
  await click(page);
  const training = await take(page);
  await expect(playground.adaptButton).toBeVisible();
  const rest = await take(page);
  return [
    { when: 'idle', ...idle },
    { when: 'from Adapt to the first loss', ...begun },
    { when: 'training, with clicks', ...training },
    { when: 'training, to its end', ...rest },
  ];
}

const at = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;

function describe({ when, answers, tasks }: Measured): string[] {
  const judged = (worst: number, hoped: number): string =>
    `${worst.toFixed(0)} ms at most (hoped for: ${hoped} ms${worst > hoped ? ', OVER' : ''})`;
  return [
    `${when}:`,
    ...(answers.length === 0
      ? []
      : [
          `  ${answers.length} clicks answered: ${at(answers, 0.5).toFixed(0)} ms in the middle, ${judged(Math.max(...answers), HOPED.click)}`,
        ]),
    tasks.length === 0
      ? `  no task of ${HOPED.task} ms or more`
      : `  ${tasks.length} tasks of ${HOPED.task} ms or more: ${judged(Math.max(...tasks), HOPED.task)}`,
  ];
}

await build({ logLevel: 'warn' });
const server = await preview({ logLevel: 'warn', preview: { host: 'localhost' } });
const address = server.resolvedUrls?.local[0];
if (address === undefined) throw new Error('The built page could not be served.');
const executablePath = findChromium();
const browser = await chromium.launch({
  args: chromiumSwitches(),
  ...(executablePath === undefined ? {} : { executablePath }),
});
try {
  const context = await browser.newContext({ baseURL: address, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const measured = await measure(new Playground(page, new URL(address).origin));
  const adapter = (await page.getByTestId('adapter-name').textContent()) ?? '';
  if (values.json === true)
    console.log(JSON.stringify({ adapter, cores: availableParallelism(), hoped: HOPED, measured }, null, 2));
  else console.log([`Adapter: ${adapter}, ${availableParallelism()} cores`, ...measured.flatMap(describe)].join('\n'));
} finally {
  await browser.close();
  await server.close();
}
