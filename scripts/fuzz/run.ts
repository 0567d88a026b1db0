import fc from 'fast-check';
import { PlaygroundError } from '../../src/vit/errors.js';
import { countAllocations } from './allocations.js';
import { mutated, mutations } from './mutate.js';
import type { FuzzedReader } from './readers/types.js';

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

/** What a reader may take to read an input to the end: what is unpacked is larger than what it was packed into. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_TIMES = 64;

/**
 * Throws {@link Found} where a reader throws anything but the project's own error, calls what it met unforeseen, or takes too
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

/** Inputs of a batch of mutations. */
const BATCH = 100;

/** Input `number` of a seed, from 0 on: always the same. */
export function inputOf(reader: FuzzedReader, seed: number, number: number): Uint8Array {
  const batch = fc.sample(mutations, { numRuns: BATCH, seed: seed + Math.floor(number / BATCH) });
  return mutated(reader.seed, batch[number % BATCH] ?? []);
}

/** The first inputs of a seed, at most a batch: what is found is found everywhere. */
export async function fuzzFirst(reader: FuzzedReader, inputs: number, seed: number): Promise<void> {
  for (const steps of fc.sample(mutations, { numRuns: BATCH, seed }).slice(0, inputs)) {
    await readOne(reader, mutated(reader.seed, steps));
  }
}

/**
 * Mutations of a reader's file until the time is over.
 * @param onInput told of each before it is read: its number.
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
