/**
 * Measures how fast the built page responds on the processors, with nothing cached: the time from Adapt to the default job's first loss
 * and to the end of its first epoch, from a click until its change is drawn, and to a pause and to a map during training; which tasks
 * block the page's thread for 50 ms or more; and the time until `pyra adapt` has made its first step. Prints the numbers beside their
 * targets. No test checks them, since a busy machine makes them worse.
 *
 * Clicks are the browser's, and times count from when it received them. A map has begun when a thread of the machine starts the picture's
 * forward, is computed when the forward has ended, and drawn when the page has drawn the frame that shows it.
 *
 *     npm run bench:page -- [--clicks 24] [--json]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ElementHandle, Locator, Page } from '@playwright/test';
import { z } from 'zod';
import { expect, type Playground } from '../e2e/support/page.js';
import { buildKernels } from '../src/headless/machine/kernels.js';
import { withBuiltPage } from './built-page.js';

/** Targets in milliseconds. The browser reports tasks from 50 ms on, the target `task`. */
const HOPED = { loss: 1500, epoch: 10_000, answer: 100, task: 50, step: 3000 } as const;
const PAUSES = 5;
const MAPS = 12;
/** The longest wait in milliseconds: the run may be over by then. */
const LONGEST = 60_000;
const LONGEST_MARK = 2000;

const { values } = parseArgs({ options: { clicks: { type: 'string' }, json: { type: 'boolean' } } });
const clicks = Number(values.clicks ?? 24);
if (!Number.isInteger(clicks) || clicks < 1) throw new Error('--clicks: a whole number from 1');

interface Line {
  readonly what: string;
  /** The time of each occurrence. */
  readonly milliseconds: readonly number[];
  /** Null where nothing is hoped for. */
  readonly hoped: number | null;
}

type Control = ElementHandle<HTMLElement | SVGElement>;

const seenSchema = z.object({ tasks: z.array(z.number()), answers: z.array(z.number()) });

/** Records, from now on, the tasks that block the thread and the times from clicks until their changes are drawn. */
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

/** Returns what was recorded since the last call. */
async function take(page: Page, when: string): Promise<Line[]> {
  const text = await page.evaluate(() => {
    const seen: unknown = Reflect.get(window, 'seen');
    const found = JSON.stringify(seen);
    if (typeof seen === 'object' && seen !== null) Object.assign(seen, { tasks: [], answers: [] });
    return found;
  });
  const { tasks, answers } = seenSchema.parse(JSON.parse(text));
  return [
    { what: `${when}: clicks answered`, milliseconds: answers, hoped: HOPED.answer },
    { what: `${when}: tasks of ${HOPED.task} ms or more`, milliseconds: tasks, hoped: HOPED.task },
  ];
}

/** Finds a control. Finding it costs the page's thread milliseconds, so it is done before anything is measured. */
async function found(control: Locator): Promise<Control> {
  const element = await control.elementHandle();
  await element.scrollIntoViewIfNeeded();
  return element;
}

/** Clicks in the middle of a control, without any work of the page besides its own. */
async function press(page: Page, control: Control): Promise<void> {
  const box = await control.boundingBox();
  if (!box) throw new Error('a control is not on the page');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

/** Clicks controls that change the figure, each after the change of the one before was drawn. */
async function click(page: Page): Promise<void> {
  const controls: Control[] = [];
  for (const axis of ['Tokens left', 'img/s', 'GMACs']) {
    const choice = page.getByRole('radio', { name: axis }).or(page.getByRole('button', { name: axis, exact: true }));
    controls.push(await found(choice.first()));
  }
  for (let count = 0; count < clicks; count++) {
    const control = controls[count % controls.length];
    if (control) await press(page, control);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/** Moments in milliseconds since the epoch, which the page and its threads count alike. */
interface Timed {
  /** The browser's own time of the click, before the page heard of it. */
  readonly clicked: number;
  /** When the frame with the result had been drawn. */
  readonly drawn: number;
}

const timedSchema = z.object({ clicked: z.number(), drawn: z.number() });

/** Clicks as a person does, and waits until `done`, an expression that the page evaluates before each frame. */
async function timed(page: Page, button: Locator, done: string): Promise<Timed> {
  const control = await found(button);
  const seen = page.evaluate(`(async () => {
    const reading = (name) => [...document.querySelectorAll('.readings > div')]
      .find((row) => row.querySelector('dt')?.textContent === name)?.querySelector('dd')?.textContent ?? '';
    const named = (name) => [...document.querySelectorAll('button:enabled')].some(({ textContent }) => textContent.trim() === name);
    const clicked = await new Promise((resolve) => {
      document.addEventListener('click', ({ timeStamp }) => resolve(timeStamp), { capture: true, once: true });
    });
    do {
      await new Promise(requestAnimationFrame);
      if (performance.now() - clicked > ${LONGEST}) throw new Error('after a click it never came to ' + ${JSON.stringify(done)});
    } while (!(${done}));
    // A task that is queued in a frame runs after it was drawn.
    await new Promise((resolve) => setTimeout(resolve));
    const [at, drawn] = [clicked, performance.now()].map((time) => performance.timeOrigin + time);
    return { clicked: at, drawn };
  })()`);
  await press(page, control);
  return timedSchema.parse(await seen);
}

const between = ({ clicked, drawn }: Timed): number => drawn - clicked;

/** Records when threads of the machine begin and end urgent work, such as a map. Call the result for what was recorded so far. */
async function watchThreads(page: Page): Promise<() => Promise<UrgentWork[]>> {
  const threads = page.workers().filter((worker) => worker.url().includes('cpu-thread'));
  if (threads.length === 0) throw new Error('the page has no threads of its own');
  for (const thread of threads) {
    await thread.evaluate(() => {
      const urgent: { begins: number; ends: number }[] = [];
      Object.assign(self, { urgent });
      new PerformanceObserver((list) => {
        for (const { name, startTime } of list.getEntries()) {
          const at = performance.timeOrigin + startTime;
          if (name === 'urgent work begins') urgent.push({ begins: at, ends: NaN });
          const last = urgent.at(-1);
          if (name === 'urgent work ends' && last) last.ends = at;
        }
      }).observe({ type: 'mark' });
    });
  }
  return async () => {
    const found = await Promise.all(threads.map((thread) => thread.evaluate(() => JSON.stringify(Reflect.get(self, 'urgent')))));
    const work = found.flatMap((text) => urgentSchema.parse(JSON.parse(text)));
    return work.flatMap(({ begins, ends }) => (ends === null ? [] : { begins, ends }));
  };
}

/** JSON has no NaN: null is work that has not ended. */
const urgentSchema = z.array(z.object({ begins: z.number(), ends: z.number().nullable() }));
interface UrgentWork {
  readonly begins: number;
  readonly ends: number;
}

/** The last urgent work that began after the click. A busy thread hears late of its own marks, so it is asked again for a while. */
async function workFor(map: Timed, seen: () => Promise<UrgentWork[]>): Promise<UrgentWork> {
  for (const until = performance.now() + LONGEST_MARK; performance.now() < until;) {
    // No live map begins within a second of it.
    const work = (await seen()).filter(({ begins }) => begins > map.clicked && begins < map.drawn).at(-1);
    if (work) return work;
  }
  throw new Error('no thread computed the map');
}

/** Chooses one picture after another, at different moments of a step. */
async function* measureMaps(page: Page): AsyncGenerator<Line> {
  const seen = await watchThreads(page);
  const pictures = page.locator('.strip button');
  const shown = await pictures.count();
  const maps: (Timed & UrgentWork)[] = [];
  for (let count = 0; count < MAPS; count++) {
    // The first picture of the strip is already shown.
    const at = (count + 1) % shown;
    const picture = `document.querySelectorAll('.strip button')[${at}]`;
    await page.waitForTimeout(100 + 37 * count);
    const map = await timed(
      page,
      pictures.nth(at),
      `${picture}.ariaPressed === 'true' && !document.querySelector('.map-before')`,
    );
    maps.push({ ...map, ...(await workFor(map, seen)) });
  }
  const since = (moment: (map: Timed & UrgentWork) => number) => maps.map((map) => moment(map) - map.clicked);
  const what = "another picture's map";
  yield { what: `${what}, begun`, milliseconds: since(({ begins }) => begins), hoped: HOPED.answer };
  yield { what: `${what}, computed`, milliseconds: since(({ ends }) => ends), hoped: null };
  yield { what: `${what}, drawn`, milliseconds: since(({ drawn }) => drawn), hoped: null };
}

/** Measures the default job from Adapt on. */
async function* measureTraining(page: Page): AsyncGenerator<Line> {
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const loss = timed(page, button('Adapt'), `/nats/.test(reading('Loss'))`);
  const epoch = page.evaluate(`new Promise((resolve) => {
    const began = performance.now();
    const look = () => document.querySelector('.readings')?.textContent.includes('Best validation')
      ? resolve(performance.now() - began) : requestAnimationFrame(look);
    look();
  })`);
  yield { what: 'from Adapt to the first loss', milliseconds: [between(await loss)], hoped: HOPED.loss };
  const whole = z.number().parse(await epoch);
  yield { what: 'from Adapt to the end of the first epoch, validated', milliseconds: [whole], hoped: HOPED.epoch };
  yield* (await take(page, 'until then')).filter(({ hoped }) => hoped === HOPED.task);
  await click(page);
  yield* await take(page, 'while it trains');
  yield* measureMaps(page);
  const pauses: number[] = [];
  for (let count = 0; count < PAUSES; count++) {
    pauses.push(between(await timed(page, button('Pause'), `named('Resume')`)));
    await timed(page, button('Resume'), `named('Pause')`);
  }
  yield { what: 'a pause, acknowledged', milliseconds: pauses, hoped: HOPED.answer };
}

async function* measurePage(playground: Playground): AsyncGenerator<Line> {
  const { page } = playground;
  await watch(page);
  await click(page);
  yield* await take(page, 'idle');
  yield* measureTraining(page);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(playground.adaptButton).toBeVisible();
}

/** Measures from the start of the process to its first line about a step, which it prints as on a terminal. */
async function measureCommandLine(): Promise<Line> {
  await buildKernels();
  const out = mkdtempSync(join(tmpdir(), 'pyra-bench-'));
  const asOnTerminal = 'data:text/javascript,process.stdout.isTTY=true';
  const words = ['--import', 'tsx', '--import', asOnTerminal, 'src/headless/main.ts', 'adapt', '--out', join(out, 'run')];
  const began = performance.now();
  const child = spawn(process.execPath, words, {
    env: { ...process.env, PYRA_ADAPTER: 'cpu' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const chunk of child.stdout) {
      if (String(chunk).includes('loss')) {
        return {
          what: 'pyra adapt, from its start to the first step',
          milliseconds: [performance.now() - began],
          hoped: HOPED.step,
        };
      }
    }
    throw new Error('pyra adapt ended before its first step');
  } finally {
    child.kill('SIGKILL');
    rmSync(out, { recursive: true, force: true });
  }
}

function describe({ what, milliseconds, hoped }: Line): string {
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const most = sorted.at(-1);
  if (most === undefined) return `${what}: none`;
  const middle =
    sorted.length > 1 ? `${sorted.length}, ${(sorted[sorted.length >> 1] ?? most).toFixed(0)} ms in the middle, ` : '';
  const beside = hoped === null ? '' : ` (hoped for: ${hoped} ms${most > hoped ? ', OVER' : ''})`;
  return `${what}: ${middle}${most.toFixed(0)} ms${sorted.length > 1 ? ' at most' : ''}${beside}`;
}

const lines: Line[] = [];
const told = (line: Line): void => {
  lines.push(line);
  if (values.json !== true) console.log(describe(line));
};
const adapter = await withBuiltPage(async (open) => {
  const { playground } = await open({ viewport: { width: 1280, height: 900 } });
  await playground.open({}, 'cpu');
  await playground.ready();
  const name = (await playground.page.getByTestId('adapter-name').textContent()) ?? '';
  if (values.json !== true) console.log(`Adapter: ${name}, ${availableParallelism()} cores`);
  for await (const line of measurePage(playground)) told(line);
  return name;
});
told(await measureCommandLine());
if (values.json === true) console.log(JSON.stringify({ adapter, cores: availableParallelism(), lines }, null, 2));
