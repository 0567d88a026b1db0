import fc from 'fast-check';
import { PlaygroundError } from '../../src/vit/errors.js';
import { countAllocations } from './allocations.js';
import { mutated, mutations } from './mutate.js';
import type { FuzzedReader } from './readers/types.js';

export interface Fuzzed {
  readonly reader: string;
  readonly inputs: number;
}

/** A reader failed in a way that it should not; `bytes` is the input. */
export class Found extends Error {
  constructor(
    readonly reader: string,
    readonly bytes: Uint8Array,
    why: string,
  ) {
    super(`${reader}: ${why}`);
  }
}

/** The most bytes that a reader may allocate for an input; unpacked data are larger than the input. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_TIMES = 64;

/**
 * Reads an input. Throws {@link Found} if the reader throws anything but the project's own error, reports an internal error, or takes too
 * much memory.
 */
export async function readOne(reader: FuzzedReader, bytes: Uint8Array): Promise<void> {
  const limit = MOST_BYTES + MOST_TIMES * bytes.length;
  const counted = countAllocations(limit);
  try {
    const codes = await reader.read(bytes);
    if (codes.includes('internal')) throw new Found(reader.name, bytes, 'an error that was not foreseen');
  } catch (thrown) {
    if (thrown instanceof Found) throw thrown;
    if (!(thrown instanceof PlaygroundError) || thrown.code === 'internal') throw new Found(reader.name, bytes, String(thrown));
  } finally {
    counted.end();
  }
  if (counted.bytes > limit) throw new Found(reader.name, bytes, `takes ${counted.bytes} bytes for ${bytes.length}`);
}

/** Mutations that are drawn at a time. */
const BATCH = 100;

/** Input `number` (0-based) of a seed; always the same. */
export function inputOf(reader: FuzzedReader, seed: number, number: number): Uint8Array {
  const batch = fc.sample(mutations, { numRuns: BATCH, seed: seed + Math.floor(number / BATCH) });
  return mutated(reader.seed, batch[number % BATCH] ?? []);
}

/** Reads the first inputs of a seed, at most a batch; they are the same on every machine. */
export async function fuzzFirst(reader: FuzzedReader, inputs: number, seed: number): Promise<void> {
  for (const steps of fc.sample(mutations, { numRuns: BATCH, seed }).slice(0, inputs)) {
    await readOne(reader, mutated(reader.seed, steps));
  }
}

/**
 * Reads mutations of a reader's file until the time is over.
 * @param onInput called with the number of each input before it is read.
 */
export async function fuzz(
  reader: FuzzedReader,
  milliseconds: number,
  seed: number,
  onInput: (number: number) => void = () => undefined,
): Promise<Fuzzed> {
  const until = performance.now() + milliseconds;
  let inputs = 0;
  for (let round = 0; performance.now() < until; round++) {
    for (const steps of fc.sample(mutations, { numRuns: BATCH, seed: seed + round })) {
      onInput(inputs);
      await readOne(reader, mutated(reader.seed, steps));
      inputs++;
      if (performance.now() >= until) break;
    }
  }
  return { reader: reader.name, inputs };
}
