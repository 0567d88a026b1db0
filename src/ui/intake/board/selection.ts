import { createContext, useContext } from 'react';

/** The pictures that a change is for, and how they are dragged. */
export interface Selection {
  readonly chosen: ReadonlySet<string>;
  toggle(id: string): void;
  clear(): void;
}

export const SelectionContext = createContext<Selection>({
  chosen: new Set(),
  toggle: () => undefined,
  clear: () => undefined,
});

export const useSelection = (): Selection => useContext(SelectionContext);

/** What is dragged: all that are chosen where the dragged one is among them, else that one. */
export const along = (chosen: ReadonlySet<string>, id: string): readonly string[] => (chosen.has(id) ? [...chosen] : [id]);

/** What dragged pictures are called on their way. */
export const DRAGGED = 'application/x-pyra-pictures';
