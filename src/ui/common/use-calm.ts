import { useEffect, useRef, useState } from 'react';
import { shallow } from 'zustand/shallow';
import type { Playground } from '../../store/state.js';
import { READING_MILLISECONDS } from '../../store/progress/calm.js';
import { useStore } from '../playground.js';

interface Calm<T> {
  /** What to show after what was shown before. */
  readonly after?: (before: T, now: T) => T;
  /** Whether a change is shown at once, since a person asked for it. */
  readonly urgent?: (before: T, now: T) => boolean;
}

/**
 * A value of the store that is shown to be read: it changes at most twice a second, however often the store's does.
 *
 * @param read and the options must not change between renderings.
 */
export function useCalm<T>(read: (state: Playground) => T, options: Calm<T> = {}): T {
  const store = useStore();
  const [shown, setShown] = useState(() => read(store.getState()));
  const latest = useRef(shown);
  const { after, urgent } = options;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = -Infinity;
    const take = (): void => {
      clearTimeout(timer);
      timer = undefined;
      last = performance.now();
      const now = read(store.getState());
      latest.current = after ? after(latest.current, now) : now;
      setShown(latest.current);
    };
    const follow = (): void => {
      const now = read(store.getState());
      if (shallow(after ? after(latest.current, now) : now, latest.current)) return;
      const wait = last + READING_MILLISECONDS - performance.now();
      if (wait <= 0 || urgent?.(latest.current, now)) take();
      else timer ??= setTimeout(take, wait);
    };
    follow();
    const leave = store.subscribe(follow);
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, [store, read, after, urgent]);
  return shown;
}

/** Whether a value other than null has stayed the same for some milliseconds: what passes sooner is not worth saying. */
export function useLasting(value: string | null, milliseconds: number): boolean {
  const [lasting, setLasting] = useState<string | null>(null);
  useEffect(() => {
    const timer = value === null ? undefined : setTimeout(() => setLasting(value), milliseconds);
    return () => {
      clearTimeout(timer);
      setLasting(null);
    };
  }, [value, milliseconds]);
  return value !== null && lasting === value;
}
