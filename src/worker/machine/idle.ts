import type { Engine } from './engine.js';

/** How often it is looked whether anything runs, and how long one search takes: what a person begins meanwhile waits no longer. */
const EVERY_MILLISECONDS = 1000;
const SEARCH_MILLISECONDS = 100;

export interface Idle {
  /** The engine that is open, if one is: none is opened for this. */
  readonly opened: () => Promise<Engine> | null;
  /** Whether nothing else runs. */
  readonly idle: () => boolean;
  readonly every?: (milliseconds: number, work: () => void) => void;
}

/** Lets the machine measure kernels further while nothing else is to do, a little at a time. */
export function improveWhenIdle({
  opened,
  idle,
  every = (milliseconds, work) => void setInterval(work, milliseconds),
}: Idle): void {
  let searching = false;
  const search = async (): Promise<void> => {
    const engine = await opened()?.catch(() => null);
    if (!engine || !idle()) return;
    // What a lost device leaves of a search is told by whoever needs that device.
    await engine.exclusively(async () => engine.machine.improve?.(SEARCH_MILLISECONDS)).catch(() => undefined);
  };
  every(EVERY_MILLISECONDS, () => {
    if (searching || !idle()) return;
    searching = true;
    void search().finally(() => (searching = false));
  });
}
