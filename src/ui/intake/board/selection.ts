import { createContext, useContext } from 'react';

/** The chosen pictures of the board, which an action or a drag applies to. */
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

/** The pictures that are dragged along with one: all chosen ones if it is chosen, else it alone. */
export const along = (chosen: ReadonlySet<string>, id: string): readonly string[] => (chosen.has(id) ? [...chosen] : [id]);

/** The id of a picture's button in the document. */
export const tileId = (id: string): string => `tile-${id}`;

/** The media type of dragged pictures in a `DataTransfer`. */
export const DRAGGED = 'application/x-pyra-pictures';
