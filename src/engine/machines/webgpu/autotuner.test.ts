import { expect, test } from 'vitest';
import { Autotuner, type TunerMemory } from './autotuner.js';
import type { Choice } from './lowering.js';

const candidates = (...names: string[]): Choice => ({
  candidates: names.map((name) => ({ name, lower: () => undefined })),
  minor: false,
});

/** A tuner for which each candidate takes the milliseconds of its name, on a clock of its own. */
function tunerOf(memory?: TunerMemory) {
  const clock = { now: 0 };
  const measured: string[] = [];
  const tuner = new Autotuner(
    'a card',
    ({ name }) => {
      measured.push(name);
      clock.now += Number(name);
      return Promise.resolve(Number(name));
    },
    memory,
    () => clock.now,
  );
  return { tuner, measured, clock };
}

function memoryOf(): TunerMemory & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, get: (key) => kept.get(key), set: (key, value) => void kept.set(key, value) };
}

test('without a search the first candidate is taken', () => {
  const { tuner, measured } = tunerOf();
  expect(tuner.open(new Map([['key', candidates('30', '10')]]))).toEqual(['key']);
  expect(tuner.known('key')).toBe('30');
  expect(measured).toEqual([]);
  expect(tuner.unfinished).toBe(true);
});

test('keys take turns, in the order of their candidates, until the time is over; a measurement under way is finished', async () => {
  const { tuner, measured } = tunerOf();
  tuner.open(
    new Map([
      ['one', candidates('31', '11', '5')],
      ['two', candidates('32', '22')],
    ]),
  );
  const told: unknown[] = [];
  await tuner.search(70, { onProgress: (...words) => told.push(words) });
  expect(measured).toEqual(['31', '32', '11']);
  expect(told).toEqual([
    [0, 5],
    [1, 5],
    [2, 5],
    [3, 5],
    [3, 3],
  ]);
  expect(tuner.choices).toEqual({ one: '11', two: '32' });
  // The next search continues where this one stopped.
  await tuner.search(Number.POSITIVE_INFINITY);
  expect(measured).toEqual(['31', '32', '11', '5', '22']);
  expect(tuner.choices).toEqual({ one: '5', two: '22' });
  expect(tuner.unfinished).toBe(false);
});

test('minor choices wait until all others are measured', async () => {
  const { tuner, measured } = tunerOf();
  tuner.open(
    new Map([
      ['minor', { ...candidates('3', '2'), minor: true }],
      ['major', candidates('31', '11')],
    ]),
  );
  await tuner.search(43);
  expect(measured).toEqual(['31', '11', '3']);
  expect(tuner.choices).toEqual({ minor: '3', major: '11' });
});

test('a later candidate is taken only if it is clearly faster', async () => {
  const { tuner } = tunerOf();
  tuner.open(new Map([['key', candidates('100', '98', '96')]]));
  await tuner.search(Number.POSITIVE_INFINITY);
  expect(tuner.known('key')).toBe('96');
  const { tuner: other } = tunerOf();
  other.open(new Map([['key', candidates('100', '98')]]));
  await other.search(Number.POSITIVE_INFINITY);
  expect(other.known('key')).toBe('100');
});

test('results are kept, and another session continues from them', async () => {
  const memory = memoryOf();
  const first = tunerOf(memory);
  first.tuner.open(new Map([['key', candidates('30', '20', '10')]]));
  await first.tuner.search(40);
  const second = tunerOf(memory);
  // A compilation does not wait for a key with a kept result.
  expect(second.tuner.open(new Map([['key', candidates('30', '20', '10')]]))).toEqual([]);
  expect(second.tuner.known('key')).toBe('20');
  await second.tuner.search(Number.POSITIVE_INFINITY);
  expect(second.measured).toEqual(['10']);
});

test('results are kept by name: if candidates are added or reordered, only new ones are measured', async () => {
  const memory = memoryOf();
  const first = tunerOf(memory);
  first.tuner.open(new Map([['key', candidates('30', '20')]]));
  await first.tuner.search(Number.POSITIVE_INFINITY);
  const second = tunerOf(memory);
  second.tuner.open(new Map([['key', candidates('20', '15', '30', '40')]]));
  await second.tuner.search(Number.POSITIVE_INFINITY);
  expect(second.measured).toEqual(['15', '40']);
  expect(second.tuner.known('key')).toBe('15');
});

test.each(['20', '{"best":"20"}', '["60",["60"],60]', '["20",2,20]', '[20,1,2]', 'nothing'])(
  'a kept result %s is measured again',
  (kept) => {
    const memory = memoryOf();
    memory.set('a card|key', kept);
    const { tuner } = tunerOf(memory);
    expect(tuner.open(new Map([['key', candidates('30', '20')]]))).toEqual(['key']);
    expect(tuner.known('key')).toBe('30');
  },
);
