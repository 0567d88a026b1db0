import { PlaygroundError } from '../../vit/errors.js';

/**
 * Does some work that only one tab of this origin may do at a time.
 *
 * @param what the start of the sentence for the tab that comes second.
 * @param id what the tabs agree on.
 */
export type Hold = <T>(what: string, id: string, work: () => Promise<T>) => Promise<T>;

/** What any tab of this origin holds now, this one included. */
export async function heldByTabs(): Promise<ReadonlySet<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

/** Resolves once no tab holds it. */
export async function freeInTabs(id: string): Promise<void> {
  await navigator.locks.request(id, () => undefined);
}

export const holdAcrossTabs: Hold = async (what, id, work) =>
  navigator.locks.request(id, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new PlaygroundError('usage', `${what} is in use in another tab; close that one, or wait for it`);
    return work();
  });
