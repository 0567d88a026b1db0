import { PlaygroundError } from '../../vit/errors.js';

/**
 * Runs work that only one tab of this origin may do at a time. Rejects with `usage` where another tab does it.
 *
 * @param what subject of that error's sentence, for example `run NAME`.
 * @param id names the lock.
 */
export type Hold = <T>(what: string, id: string, work: () => Promise<T>) => Promise<T>;

/** The ids that any tab of this origin holds now, this one included. */
export async function heldByTabs(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

/** Resolves once no tab holds this id. */
export async function freeInTabs(id: string): Promise<void> {
  await navigator.locks.request(id, () => undefined);
}

export const holdAcrossTabs: Hold = async (what, id, work) =>
  navigator.locks.request(id, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new PlaygroundError('usage', `${what} is in use in another tab; close that one, or wait for it`);
    return work();
  });
