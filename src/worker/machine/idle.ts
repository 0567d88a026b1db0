import type { Engine } from './engine.js';

/** How often to look whether anything runs, and how long one search may take: it delays what a person begins meanwhile by no more. */
const EVERY_MILLISECONDS = 1000;
const SEARCH_MILLISECONDS = 100;

export interface Idle {
  /** The engine, where one is open or being opened; it is not opened for this. */
  readonly opened: () => Promise<Engine> | null;
  /** Whether nothing else runs. */
  readonly idle: () => boolean;
  readonly every?: (milliseconds: number, work: () => void) => void;
}

/** Lets the machine measure kernels further, a little at a time, while nothing else runs. */
export function improveWhenIdle({
  opened,
  idle,
  every = (milliseconds, work) => void setInterval(work, milliseconds),
}: Idle): void {
  let searching = false;
  const search = async (): Promise<void> => {
    const engine = await opened()?.catch(() => null);
    if (!engine || !idle()) return;
    // Where the device is lost meanwhile, its next user reports that.
    await engine.exclusively(async () => engine.machine.improve?.(SEARCH_MILLISECONDS)).catch(() => undefined);
  };
  every(EVERY_MILLISECONDS, () => {
    if (searching || !idle()) return;
    searching = true;
    void search().finally(() => (searching = false));
  });
}
