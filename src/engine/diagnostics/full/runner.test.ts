import { expect, test } from 'vitest';
import type { FullRow } from '../../../protocol/benchmark/full.js';
import { referenceMachine } from '../../../testing/machines/reference-machine.js';
import { PlaygroundError } from '../../../vit/errors.js';
import type { Machine } from '../../plan/machine.js';
import { Budget, compiledWithin, OutOfTime } from './budget.js';
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

test('a measurement that gives up in time is named with its reason, and the machine goes on', async () => {
  let opened = 0;
  const runner = new Runner(WHOLE, () => {
    opened++;
    return Promise.resolve(fragile().machine);
  });
  const slow = task('slow', async function* () {
    yield await Promise.reject<FullRow>(new OutOfTime('its shaders did not compile in the time'));
  });
  expect(await rowsOf(runner, [slow, gives('next')])).toEqual([
    { section: 'missing', what: 'slow', why: 'its shaders did not compile in the time' },
    row('next'),
  ]);
  expect(opened).toBe(1);
});

test('what is under way at the end of the time is named, and its machine is left as it is', async () => {
  const whole = new Budget(0.001, () => 0);
  let destroyed = 0;
  const { machine } = fragile();
  const runner = new Runner(whole, () => Promise.resolve({ ...machine, destroy: () => destroyed++ }), 0);
  const endless = task('endless', async function* () {
    yield await new Promise<FullRow>(() => undefined);
  });
  expect(await rowsOf(runner, [endless])).toEqual([
    { section: 'missing', what: 'endless', why: 'it had not ended when the time was over' },
  ]);
  await runner.close();
  expect(destroyed).toBe(0);
});

test('compiling ends when the time is over, or when the shaders that are left would take longer than it', () => {
  let now = 0;
  const told: number[] = [];
  const begun = () => {
    now = 0;
    return compiledWithin(new Budget(100, () => now), (done) => void told.push(done));
  };
  const at = (seconds: number): void => {
    now = 1000 * seconds;
  };
  const enough = begun();
  enough(0, 10, 'Compiling shaders');
  at(20);
  // Eighty more seconds would do, and so early no prediction is believed anyway.
  enough(1, 10, 'Compiling shaders');
  at(60);
  enough(6, 10, 'Compiling shaders');
  at(120);
  // Nothing is left to compile.
  enough(10, 10, 'Compiling shaders');
  const slow = begun();
  slow(0, 10, 'Compiling shaders');
  at(40);
  expect(() => slow(3, 10, 'Compiling shaders')).toThrow('its shaders did not compile in the time, 3 of 10 in 40 s');
  const late = begun();
  late(0, 10, 'Measuring kernels');
  at(101);
  late(5, 10, 'Measuring kernels');
  expect(() => late(9, 10, 'Compiling shaders')).toThrow(OutOfTime);
  expect(told).toEqual([0, 1, 6, 10, 0, 3, 0, 5, 9]);
});
