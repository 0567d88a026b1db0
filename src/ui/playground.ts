import { createContext, useContext } from 'react';
import type { Playground, PlaygroundStore } from '../store/state.js';

export const PlaygroundContext = createContext<PlaygroundStore | null>(null);

/** Selects the part of the state that a view shows; the view renders again when that part changes. */
export function usePlayground<T>(selector: (state: Playground) => T): T {
  const store = useContext(PlaygroundContext);
  if (!store) throw new Error('usePlayground: no PlaygroundContext above this component');
  return store(selector);
}

/** The store itself, for handlers that read it once. */
export function useStore(): PlaygroundStore {
  const store = useContext(PlaygroundContext);
  if (!store) throw new Error('useStore: no PlaygroundContext above this component');
  return store;
}
