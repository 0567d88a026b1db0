import { expect, it } from 'vitest';
import { READERS } from './readers.js';
import { fuzz, readOne } from './run.js';

it.each(READERS.map((reader) => [reader.name, reader] as const))(
  '%s: its own file is read, and mutations are read or refused',
  async (_, reader) => {
    await readOne(reader, reader.seed);
    const { inputs } = await fuzz(reader, 300, 1);
    expect(inputs).toBeGreaterThan(0);
  },
);

it('finds a reader that throws something else', async () => {
  const reader = { name: 'bad', seed: new Uint8Array(8), read: () => Promise.reject(new TypeError('not this one')) };
  await expect(fuzz(reader, 50, 1)).rejects.toThrow('bad: TypeError: not this one');
});
