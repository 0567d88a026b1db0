import fc from 'fast-check';
import { PlaygroundError } from '../../src/vit/errors.js';
import { mutated, mutations } from './mutate.js';
import type { FuzzedReader } from './readers.js';

/** No input takes longer to read or to refuse. */
export const MOST_MILLISECONDS = 5000;

export interface Fuzzed {
  readonly reader: string;
  readonly inputs: number;
}

/** A reader met what it should not have: the bytes say what. */
export class Found extends Error {
  constructor(
    readonly reader: string,
    readonly bytes: Uint8Array,
    why: string,
  ) {
    super(`${reader}: ${why}`);
  }
}

/** Throws {@link Found} where a reader throws anything but the project's own error, calls what it met unforeseen, or takes too long. */
export async function readOne(reader: FuzzedReader, bytes: Uint8Array): Promise<void> {
  const began = performance.now();
  try {
    const codes = await reader.read(bytes);
    if (codes.includes('internal')) throw new Found(reader.name, bytes, 'an error that was not foreseen');
  } catch (thrown) {
    if (thrown instanceof Found) throw thrown;
    if (!(thrown instanceof PlaygroundError) || thrown.code === 'internal') throw new Found(reader.name, bytes, String(thrown));
  }
  const took = performance.now() - began;
  if (took > MOST_MILLISECONDS) throw new Found(reader.name, bytes, `took ${Math.round(took)} ms`);
}

/** Mutations of a reader's file until the time is over. The same seed gives the same inputs. */
export async function fuzz(reader: FuzzedReader, milliseconds: number, seed: number): Promise<Fuzzed> {
  const until = performance.now() + milliseconds;
  let inputs = 0;
  for (let round = 0; performance.now() < until; round++) {
    for (const steps of fc.sample(mutations, { numRuns: 100, seed: seed + round })) {
      await readOne(reader, mutated(reader.seed, steps));
      inputs++;
      if (performance.now() >= until) break;
    }
  }
  return { reader: reader.name, inputs };
}
