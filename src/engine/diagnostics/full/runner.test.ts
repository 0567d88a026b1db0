import { expect, test } from 'vitest';
import type { FullRow } from '../../../protocol/benchmark/full.js';
import { referenceMachine } from '../../../testing/machines/reference-machine.js';
import { PlaygroundError } from '../../../vit/errors.js';
import type { Machine } from '../../plan/machine.js';
import { Budget } from './budget.js';
import { Runner, type Task } from './runner.js';

const WHOLE = new Budget(1000, () => 0);

const row = (file: string): FullRow => ({ section: 'golden', file, passed: true, tensors: 1, over: [] });

const task = (what: string, run: Task['run'], macs = 0): Task => ({ what, macs, run });

const gives = (what: string): Task =>
  task(what, async function* () {
    yield await Promise.resolve(row(what));
  });

/** A machine that can be lost. */
function fragile(): { machine: Machine; lose: () => void } {
  let lose = (): void => undefined;
  const lost = new Promise<PlaygroundError>((resolve) => {
    lose = () => resolve(new PlaygroundError('gpu.lost', 'the GPU device was lost'));
  });
  return { machine: { ...referenceMachine(), lost, destroy: () => undefined }, lose };
}

async function rowsOf(runner: Runner, tasks: readonly Task[], seconds = 1000): Promise<FullRow[]> {
  const rows: FullRow[] = [];
  for await (const one of runner.all(tasks, new Budget(seconds, () => 0))) rows.push(one);
  return rows;
}

test('if a device is lost, only the row under way is lost, and the rest is measured on a new device', async () => {
  const opened: ReturnType<typeof fragile>[] = [];
  const runner = new Runner(WHOLE, () => {
    const next = fragile();
    opened.push(next);
    return Promise.resolve(next.machine);
  });
  const losing = task('second', async function* () {
    yield row('its first part');
    opened.at(-1)?.lose();
    // A run on a lost device never settles.
    await new Promise(() => undefined);
  });
  expect(await rowsOf(runner, [gives('first'), losing, gives('third')])).toEqual([
    row('first'),
    row('its first part'),
    { section: 'missing', what: 'second', why: 'the GPU device was lost' },
    row('third'),
  ]);
  expect(opened).toHaveLength(2);
});

test('a failure is named with its message, and the next measurement runs', async () => {
  const failing = task('large', async function* () {
    yield await Promise.reject<FullRow>(new PlaygroundError('gpu.out-of-memory', 'there is no room'));
  });
  const runner = new Runner(WHOLE, () => Promise.resolve(fragile().machine));
  expect(await rowsOf(runner, [failing, gives('small')])).toEqual([
    { section: 'missing', what: 'large', why: 'there is no room' },
    row('small'),
  ]);
});

test('a measurement that would take longer than the remaining time, by the measured rate, is named and not begun', async () => {
  const seen: FullRow = {
    ...{ section: 'product', model: 'm', layer: 'l', direction: 'forward', rows: 1, columns: 1, depth: 1, candidate: 'c' },
    ...{ milliseconds: 1, teraflops: 2e-12, gigabytes: 1, shapeClass: 's' },
  };
  const first = task('first', async function* () {
    yield await Promise.resolve(seen);
  });
  let begun = 0;
  const long = (what: string, macs: number): Task =>
    task(
      what,
      async function* () {
        begun++;
        yield await Promise.resolve(row(what));
      },
      macs,
    );
  // The rate is one multiply-accumulate a second, and each measurement has several runs.
  const runner = new Runner(WHOLE, () => Promise.resolve(fragile().machine));
  expect(await rowsOf(runner, [first, long('too long', 1000), long('short', 1)])).toEqual([
    seen,
    { section: 'missing', what: 'too long', why: 'it did not fit into the time' },
    row('short'),
  ]);
  expect(begun).toBe(1);
});

test('if no time is left, every measurement is named', async () => {
  const runner = new Runner(WHOLE, () => Promise.reject(new Error('nothing is opened')));
  const rows = await rowsOf(runner, [gives('first'), gives('second')], 0);
  expect(rows.map((one) => one.section === 'missing' && one.what)).toEqual(['first', 'second']);
});
