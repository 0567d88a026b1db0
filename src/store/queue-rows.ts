import type { Configuration } from '../vit/configuration.js';
import type { SweepEntry } from './state/sweep.js';

/** Entries that are equal but for their seed. */
export interface QueueRow {
  readonly key: string;
  readonly configuration: Configuration;
  /** By seed. */
  readonly entries: ReadonlyMap<number, SweepEntry>;
}

export interface QueueTable {
  readonly seeds: readonly number[];
  readonly rows: readonly QueueRow[];
}

/** The queue as a table: a row for each method and rate, a column for each seed, and another row for what is queued twice. */
export function queueTable(queue: readonly SweepEntry[]): QueueTable {
  const rows = new Map<string, { configuration: Configuration; entries: Map<number, SweepEntry> }>();
  for (const entry of queue) {
    const { seed, ...rest } = entry.configuration;
    const same = JSON.stringify(rest);
    let key = same;
    for (let again = 2; rows.get(key)?.entries.has(seed); again++) key = `${same} ${again}`;
    const row = rows.get(key) ?? { configuration: entry.configuration, entries: new Map<number, SweepEntry>() };
    row.entries.set(seed, entry);
    rows.set(key, row);
  }
  const seeds = [...new Set(queue.map(({ configuration }) => configuration.seed))].sort((a, b) => a - b);
  return { seeds, rows: [...rows].map(([key, row]) => ({ key, ...row })) };
}
