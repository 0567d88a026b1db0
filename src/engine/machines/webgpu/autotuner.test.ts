import { expect, test } from 'vitest';
import { Autotuner, type TunerMemory } from './autotuner.js';
import type { Candidate } from './lowering.js';

const candidates = (...names: string[]): Candidate[] => names.map((name) => ({ name, lower: () => undefined }));

/** Each candidate takes what its name says, and a millisecond of a clock is what it takes. */
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

test('without a search the likeliest candidate is taken', () => {
  const { tuner, measured } = tunerOf();
  expect(tuner.open(new Map([['key', candidates('30', '10')]]))).toEqual(['key']);
  expect(tuner.known('key')).toBe('30');
  expect(measured).toEqual([]);
  expect(tuner.unfinished).toBe(true);
});

test('keys take turns, the likeliest candidates first, until the time is over; what was under way is finished', async () => {
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
  // And it goes on where it stopped.
  await tuner.search(Number.POSITIVE_INFINITY);
  expect(measured).toEqual(['31', '32', '11', '5', '22']);
  expect(tuner.choices).toEqual({ one: '5', two: '22' });
  expect(tuner.unfinished).toBe(false);
});

test('a later candidate is taken only where it is clearly faster', async () => {
  const { tuner } = tunerOf();
  tuner.open(new Map([['key', candidates('100', '98', '96')]]));
  await tuner.search(Number.POSITIVE_INFINITY);
  expect(tuner.known('key')).toBe('96');
  const { tuner: other } = tunerOf();
  other.open(new Map([['key', candidates('100', '98')]]));
  await other.search(Number.POSITIVE_INFINITY);
  expect(other.known('key')).toBe('100');
});

test('what was found is kept, and another session goes on from there', async () => {
  const memory = memoryOf();
  const first = tunerOf(memory);
  first.tuner.open(new Map([['key', candidates('30', '20', '10')]]));
  await first.tuner.search(40);
  const second = tunerOf(memory);
  // Nobody waits for a key that something is known of.
  expect(second.tuner.open(new Map([['key', candidates('30', '20', '10')]]))).toEqual([]);
  expect(second.tuner.known('key')).toBe('20');
  await second.tuner.search(Number.POSITIVE_INFINITY);
  expect(second.measured).toEqual(['10']);
});

test('what is kept is by name: where candidates come and their order changes, only those are measured that never were', async () => {
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
  'a memory that says %s is measured anew',
  (kept) => {
    const memory = memoryOf();
    memory.set('a card|key', kept);
    const { tuner } = tunerOf(memory);
    expect(tuner.open(new Map([['key', candidates('30', '20')]]))).toEqual(['key']);
    expect(tuner.known('key')).toBe('30');
  },
);
