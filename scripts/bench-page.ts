/**
 * Measures how fast the built page responds on the processors, with nothing cached: the time from Adapt to the default job's first loss
 * and to the end of its first epoch, from a click until its change is drawn, and to a pause and to a map during training; which tasks
 * block the page's thread for 50 ms or more; and the time until `pyra adapt` has made its first step. Prints the numbers beside their
 * targets. No test checks them, since a busy machine makes them worse.
 *
 *     npm run bench:page -- [--clicks 24] [--json]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { z } from 'zod';
import { expect, type Playground } from '../e2e/support/page.js';
import { buildKernels } from '../src/headless/machine/kernels.js';
import { withBuiltPage } from './built-page.js';

/** Targets in milliseconds. The browser reports tasks from 50 ms on, the target `task`. */
const HOPED = { loss: 1500, epoch: 10_000, answer: 100, task: 50, step: 3000 } as const;
const PAUSES = 5;
const MAPS = 8;
/** The longest wait in milliseconds: the run may be over by then. */
const LONGEST = 60_000;

const { values } = parseArgs({ options: { clicks: { type: 'string' }, json: { type: 'boolean' } } });
const clicks = Number(values.clicks ?? 24);
if (!Number.isInteger(clicks) || clicks < 1) throw new Error('--clicks: a whole number from 1');

interface Line {
  readonly what: string;
  /** The time of each occurrence. */
  readonly milliseconds: readonly number[];
  readonly hoped: number;
}

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

/** Clicks controls that change the figure, each after the change of the one before was drawn. */
async function click(page: Page): Promise<void> {
  for (let count = 0; count < clicks; count++) {
    const axis = ['Tokens left', 'img/s', 'GMACs'][count % 3] ?? '';
    const choice = page.getByRole('radio', { name: axis }).or(page.getByRole('button', { name: axis, exact: true }));
    await choice.first().click();
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
}

/**
 * Presses a button and measures until `done` holds in a frame; both are JavaScript expressions that the page evaluates.
 * @returns milliseconds.
 */
async function timed(page: Page, button: string, done: string): Promise<number> {
  const text = await page.evaluate(`(async () => {
    const named = (name) => [...document.querySelectorAll('button:enabled')].find(({ textContent }) => textContent.trim() === name);
    const reading = (name) => [...document.querySelectorAll('.readings > div')]
      .find((row) => row.querySelector('dt')?.textContent === name)?.querySelector('dd')?.textContent ?? '';
    const button = ${button};
    if (!button) throw new Error('there is no button ' + ${JSON.stringify(button)});
    const began = performance.now();
    button.click();
    do {
      await new Promise(requestAnimationFrame);
      if (performance.now() - began > ${LONGEST}) throw new Error('after a click it never came to ' + ${JSON.stringify(done)});
    } while (!(${done}));
    return performance.now() - began;
  })()`);
  return z.number().parse(text);
}

/** Measures the default job from Adapt on. */
async function* measureTraining(page: Page): AsyncGenerator<Line> {
  const loss = timed(page, `named('Adapt')`, `/nats/.test(reading('Loss'))`);
  const epoch = page.evaluate(`new Promise((resolve) => {
    const began = performance.now();
    const look = () => document.querySelector('.readings')?.textContent.includes('Best validation')
      ? resolve(performance.now() - began) : requestAnimationFrame(look);
    look();
  })`);
  yield { what: 'from Adapt to the first loss', milliseconds: [await loss], hoped: HOPED.loss };
  const whole = z.number().parse(await epoch);
  yield { what: 'from Adapt to the end of the first epoch, validated', milliseconds: [whole], hoped: HOPED.epoch };
  yield* (await take(page, 'until then')).filter(({ hoped }) => hoped === HOPED.task);
  await click(page);
  yield* await take(page, 'while it trains');
  const maps: number[] = [];
  for (let count = 0; count < MAPS; count++) {
    // The first picture of the strip is already shown.
    const picture = `document.querySelectorAll('.strip button')[${(count + 1) % 2}]`;
    maps.push(await timed(page, picture, `${picture}.ariaPressed === 'true' && !document.querySelector('.map-before')`));
  }
  yield { what: "another picture's map, begun, computed and drawn", milliseconds: maps, hoped: HOPED.answer };
  const pauses: number[] = [];
  for (let count = 0; count < PAUSES; count++) {
    pauses.push(await timed(page, `named('Pause')`, `named('Resume')`));
    await timed(page, `named('Resume')`, `named('Pause')`);
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
  return `${what}: ${middle}${most.toFixed(0)} ms${sorted.length > 1 ? ' at most' : ''} (hoped for: ${hoped} ms${most > hoped ? ', OVER' : ''})`;
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
