import { DATA } from './data.js';
import { REST } from './rest.js';
import type { FuzzedReader } from './types.js';
import { WEIGHTS } from './weights.js';

export const READERS: readonly FuzzedReader[] = [...WEIGHTS, ...DATA, ...REST];

export function readerNamed(name: string): FuzzedReader {
  const reader = READERS.find((other) => other.name === name);
  if (!reader) throw new Error(`there is no reader '${name}'`);
  return reader;
}
