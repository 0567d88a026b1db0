import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { countAllocations } from './allocations.js';
import { READERS } from './readers/index.js';
import { fuzz, fuzzFirst, inputOf, readOne } from './run.js';
import { supervise } from './supervise.js';

it.each(READERS.map((reader) => [reader.name, reader] as const))(
  '%s reads its own file, and reads or refuses mutations of it',
  async (_, reader) => {
    await readOne(reader, reader.seed);
    await expect(fuzzFirst(reader, 30, 1)).resolves.toBeUndefined();
  },
);

it('finds a reader that throws an error of another type', async () => {
  const reader = { name: 'bad', seed: new Uint8Array(8), read: () => Promise.reject(new TypeError('not this one')) };
  await expect(fuzz(reader, 1e6, 1)).rejects.toThrow('bad: TypeError: not this one');
});

it('finds a reader that allocates as much as a file claims', async () => {
  const reader = {
    name: 'greedy',
    seed: new Uint8Array(8),
    read: async () => [new Float32Array(2 ** 28)].flatMap(() => []),
  };
  await expect(fuzz(reader, 1e6, 1)).rejects.toThrow('greedy: RangeError: an array of 1073741824 bytes is asked for');
  const counted = countAllocations(100);
  expect(new Uint8Array(8)).toBeInstanceOf(Uint8Array);
  counted.end();
  expect(counted.bytes).toBe(8);
});

it('makes the same input for the same seed and number', () => {
  const [reader] = READERS;
  if (!reader) throw new Error('there is no reader');
  expect(inputOf(reader, 3, 205)).toEqual(inputOf(reader, 3, 205));
  expect(inputOf(reader, 3, 205)).not.toEqual(inputOf(reader, 3, 206));
});

it('ends a reader that hangs, and names the input', async () => {
  const child = fileURLToPath(new URL('hanging.ts', import.meta.url));
  const outcome = await supervise({ reader: 'hanging', milliseconds: 0, seed: 1, child, mostMilliseconds: 100 });
  expect(outcome).toEqual({ kind: 'found', why: 'hanging: takes longer than 100 ms', input: 7 });
});
