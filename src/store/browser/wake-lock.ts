import type { Playground, PlaygroundStore } from '../state.js';

/** Keeps the screen, and with it the computer, awake until it is released. */
export interface WakeLock {
  release(): Promise<void>;
}

/** What the browser offers for that. */
export interface Wakefulness {
  /** Rejects where the browser does not grant it: the tab is hidden, or the battery is low. */
  request(): Promise<WakeLock>;
  /** Calls back whenever the tab becomes visible again: a browser releases the lock of a hidden tab. */
  onSeen(callback: () => void): void;
}

const computes = ({ training, sweeping }: Playground): boolean =>
  sweeping === 'running' || (training !== 'idle' && training !== 'paused');

/** Holds a wake lock while a run or a sweep computes, and asks for it again when the tab is seen again. */
export function stayAwake(store: PlaygroundStore, { request, onSeen }: Wakefulness): void {
  let held: Promise<WakeLock | null> = Promise.resolve(null);
  const release = (): void => {
    const before = held;
    held = Promise.resolve(null);
    void before.then((lock) => lock?.release());
  };
  const hold = (): void => {
    release();
    // Without the lock, the run continues as long as the computer stays awake.
    held = request().catch(() => null);
  };
  store.subscribe((state, before) => {
    if (computes(state) === computes(before)) return;
    if (computes(state)) hold();
    else release();
  });
  onSeen(() => {
    if (computes(store.getState())) hold();
  });
}

/** The browser's screen wake lock; undefined where it has none. */
export function browserWakefulness(): Wakefulness | undefined {
  if (!('wakeLock' in navigator)) return undefined;
  return {
    request: () => navigator.wakeLock.request('screen'),
    onSeen: (callback) =>
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') callback();
      }),
  };
}
